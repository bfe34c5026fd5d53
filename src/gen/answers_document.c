/* Documents with answers: see seimai/answers.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/answers.h>
#include <seimai/json.h>
#include <seimai/runner.h>

#define MOST_JSON ((size_t)1 << 30)

static bool gives_many(const sm_answers *set)
{
    return sm_answers_count(set) > 1;
}

int sm_answers_ask_document(void *shared, sm_doc *doc, sm_error *err)
{
    sm_answers *const set = shared;
    const uint64_t number = sm_answers_next_number(set);
    const sm_chat_message *messages;
    sm_asked *asked = NULL;
    sm_too_long too_long = {0};
    const size_t n = sm_chat_read(doc, &messages);
    if (gives_many(set) && sm_doc_field(doc, "answers").n > 0)
        return sm_doc_drop(doc, "has-answers", 1, 0);
    const int status =
        n > 0 ? sm_answers_ask_messages(set, messages, n, number, &asked, &too_long, err)
              : sm_answers_ask_text(set, sm_doc_text(doc), number, &asked, &too_long, err);
    doc->user = asked;
    if (status >= 0) return SM_KEEP;
    if (status != SM_ELIMIT && status != SM_EFORMAT) return status;
    sm_error_clear(err);
    if (status == SM_EFORMAT) return sm_doc_drop(doc, "not-a-dialogue", (double)n, 0);
    return sm_doc_drop(doc, "too-long", (double)too_long.tokens, (double)too_long.room);
}

/* {"text": …, "tokens": N, "end": "stop"} */
static void put_single(const sm_asked *asked, sm_doc *doc, sm_buffer *json)
{
    const sm_answer *const answer = sm_completion_answer(sm_answers_of(asked, 0), 0);
    sm_json_open(json, '{');
    sm_json_put_string(json, "text", answer->text);
    sm_json_put_uint(json, "tokens", answer->tokens);
    sm_json_put_text(json, "end", sm_generation_end_name(answer->end));
    sm_json_close(json, '}');
    sm_doc_set_meta(doc, "generate", sm_arena_copy(doc->arena, sm_buffer_span(json)));
}

/* The member `answers` follows as a part of the value that stands in the text's place. */
static void put_many(const sm_answers *set, const sm_asked *asked, sm_doc *doc, sm_buffer *json)
{
    const sm_message *messages;
    const bool talks = sm_doc_messages(doc, &messages) > 0;
    if (talks)
        sm_buffer_put(json, sm_doc_field(doc, "messages"));
    else
        sm_json_string(json, sm_doc_text(doc));
    sm_json_key(json, "answers");
    sm_answers_put(set, asked, json);
    sm_doc_replace_text(doc, talks ? "messages" : "prompt",
                        sm_arena_copy(doc->arena, sm_buffer_span(json)));
}

int sm_answers_put_document(void *shared, sm_doc *doc, sm_error *err)
{
    sm_answers *const set = shared;
    sm_asked *const asked = doc->user;
    sm_buffer json = sm_buffer_make(MOST_JSON);
    const int status = sm_answers_wait(set, asked, err);
    if (status >= 0 && gives_many(set))
        put_many(set, asked, doc, &json);
    else if (status >= 0)
        put_single(asked, doc, &json);
    sm_answers_drop(set, asked);
    doc->user = NULL;
    sm_buffer_free(&json);
    return status < 0 ? status : SM_KEEP;
}
