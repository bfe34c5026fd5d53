/* Chat templates: golden ids of each, what is a target, wrong dialogues, documents of each kind, Jinja in folders.
 * The golden ids are those of Hugging Face's `tokenizers` over texts that were written by hand.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/chat.h>
#include <seimai/file.h>
#include <seimai/random.h>

#include "template.h"

#include <unistd.h>

/* ---- tokenizers of the families: one of ours, some of its sentinels renamed ---------------------------- */

typedef struct fixture {
    char folder[64];
    sm_tokenizer *tok;
    sm_encoder *encoder;
    sm_chat *chat;
    sm_chat_ids ids;
    sm_arena arena;
    sm_error err;
} fixture;

static const char *const renamed[][2] = {{"<extra_id_0>", "<s>"},
                                         {"<extra_id_1>", "</s>"},
                                         {"<extra_id_2>", "<|begin_of_text|>"},
                                         {"<extra_id_3>", "<|start_header_id|>"},
                                         {"<extra_id_4>", "<|end_header_id|>"},
                                         {"<extra_id_5>", "<|eot_id|>"}};

static void replace(sm_buffer *text, const char *from, const char *to)
{
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_span rest = sm_buffer_span(text);
    for (const char *p; (p = sm_span_find(rest, sm_span_of(from)));) {
        const size_t n = (size_t)(p - rest.p);
        sm_buffer_put(&out, (sm_span){rest.p, n});
        sm_buffer_puts(&out, to);
        rest = sm_span_from(rest, n + strlen(from));
    }
    sm_buffer_put(&out, rest);
    sm_buffer_free(text);
    *text = out;
}

static const char *path_of(fixture *f, const char *name)
{
    return sm_arena_printf(&f->arena, "%s/%s", f->folder, name);
}

static void write_config(fixture *f, const char *json)
{
    assert_ok(sm_file_write(path_of(f, "tokenizer_config.json"), sm_span_of(json), &f->err),
              &f->err);
}

/* `eos` names the end token; without im_end the tokenizer has no token of ChatML's. */
static void set_up(fixture *f, const char *eos, bool families, bool im_end)
{
    *f = (fixture){.folder = "/tmp/seimai-chat-XXXXXX", .encoder = sm_encoder_new()};
    assert_non_null(mkdtemp(f->folder));
    sm_buffer text = sm_buffer_make(1 << 20);
    const char *source = getenv("SEIMAI_SOURCE");
    const char *const json =
        sm_arena_printf(&f->arena, "%s/tests/cli/tokenizer-export/_shared/tok/tokenizer.json",
                        source ? source : ".");
    assert_ok(sm_file_read(json, &text, &f->err), &f->err);
    for (size_t i = 0; families && i < sizeof renamed / sizeof *renamed; i++)
        replace(&text, renamed[i][0], renamed[i][1]);
    if (!im_end) replace(&text, "<|im_", "<|no_im_");
    assert_ok(sm_file_write(path_of(f, "tokenizer.json"), sm_buffer_span(&text), &f->err),
              &f->err);
    write_config(f, sm_arena_printf(&f->arena, "{\"eos_token\": \"%s\"}", eos));
    assert_ok(sm_tokenizer_load(&f->tok, f->folder, &f->err), &f->err);
    sm_buffer_free(&text);
}

static void tear_down(fixture *f)
{
    (void)unlink(path_of(f, "tokenizer.json"));
    (void)unlink(path_of(f, "tokenizer_config.json"));
    assert_int_equal(rmdir(f->folder), 0);
    sm_chat_free(f->chat);
    sm_chat_ids_free(&f->ids);
    sm_tokenizer_free(f->tok);
    sm_encoder_free(f->encoder);
    sm_arena_free(&f->arena);
}

/* Each template with a tokenizer that suits it. */
static void set_up_template(fixture *f, const char *name)
{
    const bool is_chatml = strcmp(name, "chatml") == 0, is_llama3 = strcmp(name, "llama3") == 0;
    set_up(f, is_chatml ? "<|endoftext|>" : is_llama3 ? "<|eot_id|>" : "</s>", true, is_chatml);
    assert_ok(sm_chat_open(&f->chat, name, f->tok, &f->err), &f->err);
}

/* ---- golden cases -------------------------------------------------------------------------------------- */

static const sm_chat_message golden_messages[] = {
    {{"system", 6}, {"短く。", 9}},       {{"user", 4}, {"猫は？", 9}},
    {{"assistant", 9}, {"にゃあ。", 12}}, {{"user", 4}, {"犬は?", 7}},
    {{"assistant", 9}, {"わん\n", 7}},
};

static const struct {
    const char *name;
    bool whole; /* all messages; else the first question and answer, without system */
    const char *ids, *targets;
} golden[] = {
    {"chatml", true,
     "2 210 216 210 211 196 204 326 291 381 383 384 365 389 3 326 2 212 210 196 209 326 "
     "432 232 391 299 248 381 3 326 2 418 210 200 210 211 192 205 211 326 384 232 385 353 "
     "395 389 3 326 2 212 210 196 209 326 291 360 233 391 158 3 326 2 418 210 200 210 211 "
     "192 205 211 326 385 365 385 369 326 3 326",
     "000000000000000000000000000000000000000011111110000000000000000000000001111110"},
    {"llama3", true,
     "7 210 216 210 211 196 204 8 326 326 291 381 383 384 365 389 9 7 212 210 196 209 8 "
     "326 326 432 232 391 299 248 381 9 7 418 210 200 210 211 192 205 211 8 326 326 384 "
     "232 385 353 395 389 9 7 212 210 196 209 8 326 326 291 360 233 391 158 9 7 418 210 "
     "200 210 211 192 205 211 8 326 326 385 365 385 369 326 9",
     "00000000000000000000000000000000000000000000111111100000000000000000000000000111111"},
    {"llama2", true,
     "186 168 173 178 179 188 348 155 155 178 184 178 157 157 326 291 381 383 384 365 389 "
     "326 155 155 142 178 184 178 157 157 326 326 432 232 391 299 248 381 348 186 142 168 "
     "173 178 179 188 348 384 232 385 353 395 389 348 5 186 168 173 178 179 188 348 291 "
     "360 233 391 158 348 186 142 168 173 178 179 188 348 385 365 385 369 326 348 5",
     "00000000000000000000000000000000000000000000000111111110000000000000000000001111111"},
    {"instruct", true,
     "291 381 383 384 365 389 326 326 130 130 130 348 290 362 357 291 225 246 153 326 432 "
     "232 391 299 248 381 326 326 130 130 130 348 289 251 378 291 383 370 153 326 384 232 "
     "385 353 395 389 5 326 326 130 130 130 348 290 362 357 291 225 246 153 326 291 360 "
     "233 391 158 326 326 130 130 130 348 289 251 378 291 383 370 153 326 385 365 385 369 "
     "326 5",
     "000000000000000000000000000000000000000011111110000000000000000000000000000000001111"
     "11"},
    {"alpaca", true,
     "291 381 383 384 365 389 326 326 130 130 130 348 168 205 210 211 209 212 194 211 200 "
     "206 205 153 326 432 232 391 299 248 381 326 326 130 130 130 348 177 196 210 207 206 "
     "205 210 196 153 326 384 232 385 353 395 389 5 326 326 130 130 130 348 168 205 210 "
     "211 209 212 194 211 200 206 205 153 326 291 360 233 391 158 326 326 130 130 130 348 "
     "177 196 210 207 206 205 210 196 153 326 385 365 385 369 326 5",
     "000000000000000000000000000000000000000000000001111111000000000000000000000000000000"
     "0000000000111111"},
    {"instruct", false,
     "288 247 226 428 361 391 386 351 385 251 385 245 385 235 445 292 231 233 290 374 364 "
     "384 375 400 290 362 357 291 225 246 387 384 375 389 292 227 351 290 237 352 445 293 "
     "351 230 289 358 357 384 232 290 246 350 398 384 375 289 251 378 291 383 370 445 430 "
     "244 384 363 384 231 384 371 388 389 326 326 130 130 130 348 290 362 357 291 225 246 "
     "153 326 432 232 391 299 248 381 326 326 130 130 130 348 289 251 378 291 383 370 153 "
     "326 384 232 385 353 395 389 5",
     "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "00000000000000000000001111111"},
    {"alpaca", false,
     "161 196 203 206 214 348 200 210 434 205 348 200 205 210 211 209 212 194 211 200 206 "
     "205 348 211 199 192 211 348 195 196 210 194 209 200 193 196 210 434 348 211 418 202 "
     "141 348 182 209 200 211 196 434 348 209 196 210 207 206 205 210 196 348 211 199 192 "
     "211 434 207 207 209 206 207 209 200 192 211 196 203 216 348 194 206 204 207 203 196 "
     "211 196 210 348 211 199 196 348 209 196 208 212 196 210 211 141 326 326 130 130 130 "
     "348 168 205 210 211 209 212 194 211 200 206 205 153 326 432 232 391 299 248 381 326 "
     "326 130 130 130 348 177 196 210 207 206 205 210 196 153 326 384 232 385 353 395 389 "
     "5",
     "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000000000000000000000000000000000000000000000000000001111111"},
};

static void golden_ids(void **state)
{
    (void)state;
    for (size_t g = 0; g < sizeof golden / sizeof *golden; g++) {
        fixture f;
        set_up_template(&f, golden[g].name);
        assert_ok(sm_chat_render(f.chat, f.encoder, golden_messages + !golden[g].whole,
                                 golden[g].whole ? 5 : 2, false, &f.ids, &f.err),
                  &f.err);
        sm_buffer ids = sm_buffer_make(1 << 16), targets = sm_buffer_make(1 << 16);
        for (size_t i = 0; i < f.ids.ids.n; i++) {
            sm_buffer_printf(&ids, i ? " %u" : "%u", f.ids.ids.p[i]);
            sm_buffer_putc(&targets, sm_chat_is_target(&f.ids, i) ? '1' : '0');
        }
        assert_span(sm_buffer_span(&ids), golden[g].ids);
        assert_span(sm_buffer_span(&targets), golden[g].targets);
        sm_buffer_free(&ids);
        sm_buffer_free(&targets);
        tear_down(&f);
    }
}

static void tokens_of_each_template(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t document, stop;
    } wanted[] = {{"chatml", 0, 3},
                  {"llama3", 6, 9},
                  {"llama2", 4, 5},
                  {"instruct", 0, 5},
                  {"alpaca", 0, 5}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        fixture f;
        set_up_template(&f, wanted[i].name);
        assert_string_equal(sm_chat_name(f.chat), wanted[i].name);
        assert_int_equal(sm_chat_document(f.chat), wanted[i].document);
        assert_int_equal(sm_chat_stop(f.chat), wanted[i].stop);
        tear_down(&f);
    }
}

static void parts_of_a_dialogue(void **state)
{
    (void)state;
    fixture f;
    set_up_template(&f, "chatml");
    assert_ok(sm_chat_render(f.chat, f.encoder, golden_messages, 5, false, &f.ids, &f.err),
              &f.err);
    static const sm_shard_part wanted[] = {{SM_PART_PROMPT, 0},
                                           {SM_PART_RESPONSE, 40},
                                           {SM_PART_PROMPT, 47},
                                           {SM_PART_RESPONSE, 71}};
    assert_int_equal(f.ids.n_parts, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(f.ids.parts[i].kind, wanted[i].kind);
        assert_int_equal(f.ids.parts[i].start, wanted[i].start);
    }
    assert_int_equal(f.ids.text_bytes, 9 + 9 + 12 + 7 + 7);
    assert_int_equal(f.ids.characters, 3 + 3 + 4 + 3 + 3);
    tear_down(&f);
}

/* A prompt for generation is the beginning of what was trained on, up to the answer. */
static void a_prompt_is_a_beginning(void **state)
{
    (void)state;
    for (size_t g = 0; g < chat_n_templates; g++) {
        fixture f;
        set_up_template(&f, chat_templates[g].name);
        sm_chat_ids prompt = {0};
        assert_ok(sm_chat_render(f.chat, f.encoder, golden_messages, 5, false, &f.ids, &f.err),
                  &f.err);
        assert_ok(sm_chat_render(f.chat, f.encoder, golden_messages, 4, true, &prompt, &f.err),
                  &f.err);
        assert_int_equal(prompt.ids.n, f.ids.parts[3].start);
        assert_memory_equal(prompt.ids.p, f.ids.ids.p, prompt.ids.n * sizeof *prompt.ids.p);
        for (size_t i = 0; i < prompt.ids.n; i++)
            assert_false(sm_chat_is_target(&prompt, i) && i >= f.ids.parts[2].start);
        sm_chat_ids_free(&prompt);
        tear_down(&f);
    }
}

/* ---- random dialogues ------------------------------------------------------------------------------------ */

static const char *const scraps[] = {
    "猫",   "\n",     " ",          "<|im_end|>",    "<|im_start|>assistant\n",
    "</s>", "[INST]", "<|eot_id|>", "<|endoftext|>", "### 応答:\n",
    "a",    "。",     "\t",         "<<SYS>>"};
enum { SCRAPS = sizeof scraps / sizeof *scraps };

static sm_span random_text(fixture *f, uint64_t seed)
{
    sm_buffer text = sm_buffer_make(4096);
    const uint64_t n = sm_random_below(7, seed, 0, 9);
    for (uint64_t i = 1; i <= n; i++)
        sm_buffer_puts(&text, scraps[sm_random_below(7, seed, i, SCRAPS)]);
    const sm_span copy = sm_arena_copy(&f->arena, sm_buffer_span(&text));
    sm_buffer_free(&text);
    return copy;
}

/* What the targets say, and how often a special token stands in the ids. */
static void read_back(fixture *f, sm_buffer *said, size_t *specials)
{
    *specials = 0;
    for (size_t i = 0; i < f->ids.ids.n; i++) {
        const uint32_t id = f->ids.ids.p[i];
        *specials += sm_tokenizer_is_special(f->tok, id);
        if (sm_chat_is_target(&f->ids, i)) sm_buffer_put(said, sm_tokenizer_bytes(f->tok, id));
    }
}

static void check_random(fixture *f, uint64_t seed, size_t expected_specials)
{
    sm_chat_message m[4] = {{SM_SPAN("user"), random_text(f, 4 * seed)},
                            {SM_SPAN("assistant"), random_text(f, 4 * seed + 1)},
                            {SM_SPAN("user"), random_text(f, 4 * seed + 2)},
                            {SM_SPAN("assistant"), random_text(f, 4 * seed + 3)}};
    if (!m[1].content.n && !m[3].content.n) return;
    assert_ok(sm_chat_render(f->chat, f->encoder, m, 4, false, &f->ids, &f->err), &f->err);
    sm_buffer said = sm_buffer_make(1 << 16), wanted = sm_buffer_make(1 << 16);
    size_t specials = 0;
    read_back(f, &said, &specials);
    for (int i = 1; i < 4; i += 2) {
        sm_buffer_put(&wanted, m[i].content);
        if (strcmp(sm_chat_name(f->chat), "llama2") == 0) sm_buffer_putc(&wanted, ' ');
        sm_buffer_put(&wanted, sm_tokenizer_bytes(f->tok, sm_chat_stop(f->chat)));
    }
    sm_buffer_putc(&wanted, 0);
    assert_span(sm_buffer_span(&said), wanted.p);
    assert_int_equal(specials, expected_specials);
    sm_buffer_free(&said);
    sm_buffer_free(&wanted);
}

static void only_answers_count_whatever_is_in_them(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t specials; /* of two rounds */
    } cases[] = {{"chatml", 8}, {"llama3", 12}, {"llama2", 2}, {"instruct", 2}, {"alpaca", 2}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        fixture f;
        set_up_template(&f, cases[c].name);
        for (uint64_t seed = 0; seed < 300; seed++)
            check_random(&f, seed, cases[c].specials);
        tear_down(&f);
    }
}

/* The order of roles against the rule as a grammar: S? (U A)* U? with an A that says something. */
static bool is_good(const char *roles, bool open_reply)
{
    const char *p = roles + (roles[0] == 's');
    size_t answers = 0;
    for (; p[0] == 'u' && p[1] == 'a'; p += 2)
        answers++;
    if (open_reply) return p[0] == 'u' && !p[1];
    return answers && (!p[0] || (p[0] == 'u' && !p[1]));
}

static void every_order_of_roles(void **state)
{
    (void)state;
    static const char letters[] = "suax";
    static const char *const names[] = {"system", "user", "assistant", "tool"};
    fixture f;
    set_up_template(&f, "llama2");
    for (unsigned n = 1, all = 4; n <= 6; n++, all *= 4)
        for (unsigned code = 0; code < 2 * all; code++) {
            char roles[8] = {0};
            sm_chat_message m[6];
            for (unsigned i = 0, rest = code / 2; i < n; i++, rest /= 4) {
                roles[i] = letters[rest % 4];
                m[i] = (sm_chat_message){sm_span_of(names[rest % 4]), SM_SPAN("あ")};
            }
            size_t at = 0;
            const char *const rule = sm_chat_fault(f.chat, m, n, code & 1, &at);
            if ((rule == NULL) != is_good(roles, code & 1))
                print_error("%s: %s\n", roles, rule);
            assert_int_equal(rule == NULL, is_good(roles, code & 1));
            assert_true(at < n);
        }
    tear_down(&f);
}

static void faults_are_named(void **state)
{
    (void)state;
    fixture f;
    set_up_template(&f, "chatml");
    const sm_chat_message twice[] = {{SM_SPAN("user"), SM_SPAN("あ")},
                                     {SM_SPAN("user"), SM_SPAN("い")}};
    assert_int_equal(sm_chat_render(f.chat, f.encoder, twice, 2, false, &f.ids, &f.err),
                     SM_EFORMAT);
    assert_string_equal(
        f.err.text,
        "message 2: role-order: system first if at all, then user and assistant in turns");
    sm_error_clear(&f.err);
    assert_int_equal(sm_chat_render(f.chat, f.encoder, twice, 0, false, &f.ids, &f.err),
                     SM_EFORMAT);
    assert_string_equal(f.err.text, "message 1: no-messages: there are none");
    sm_error_clear(&f.err);
    sm_chat *other = NULL;
    assert_int_equal(sm_chat_open(&other, "vicuna", f.tok, &f.err), SM_EUSAGE);
    assert_contains(f.err.text, "unknown template 'vicuna' (known: " SM_CHAT_CHOICES ")");
    assert_null(other);
    tear_down(&f);

    set_up(&f, "<|endoftext|>", false, true);
    assert_int_equal(sm_chat_open(&other, "llama3", f.tok, &f.err), SM_EUSAGE);
    assert_string_equal(f.err.text, "template llama3: the tokenizer has no token <|eot_id|>");
    tear_down(&f);
}

/* GPT-2's case: one token ends everything. */
static void one_end_token(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, "<|endoftext|>", false, false);
    assert_ok(sm_chat_open(&f.chat, "alpaca", f.tok, &f.err), &f.err);
    assert_ok(sm_chat_render(f.chat, f.encoder, golden_messages, 3, false, &f.ids, &f.err),
              &f.err);
    assert_true(f.ids.ends_open);
    assert_true(sm_chat_is_target(&f.ids, f.ids.ids.n - 1));
    assert_int_not_equal(f.ids.ids.p[f.ids.ids.n - 1], sm_chat_stop(f.chat));
    size_t at = 0;
    assert_string_equal(sm_chat_fault(f.chat, golden_messages, 5, false, &at), "one-answer");
    assert_int_equal(at, 2);
    assert_int_equal(sm_chat_open(&(sm_chat *){NULL}, "chatml", f.tok, &f.err), SM_EUSAGE);
    tear_down(&f);
}

/* ---- documents --------------------------------------------------------------------------------------------- */

static const struct {
    const char *json, *kind,
        *rule;          /* what it is by its fields, and why it is dropped as such */
    size_t parts, last; /* the start of the last part */
} documents[] = {
    {"{\"text\":\"猫\"}", "text", NULL, 0, 0},
    {"{\"text\":\"\"}", "text", NULL, 0, 0},
    {"{\"messages\":[{\"role\":\"user\",\"content\":\"あ\",\"name\":1},{\"content\":\"い\","
     "\"role\":\"assistant\"}]}",
     "chat", NULL, 2, 19},
    {"{\"messages\":[{\"role\":\"user\",\"content\":\"あ\"},{\"role\":\"assistant\","
     "\"content\":\"\"}]}",
     "chat", "no-target", 0, 0},
    {"{\"messages\":[{\"role\":\"tool\",\"content\":\"あ\"}]}", "chat", "unknown-role", 0, 0},
    {"{\"messages\":[{\"role\":\"assistant\",\"content\":\"あ\"}]}", "chat", "role-order", 0,
     0},
    {"{\"prompt\":\"あ\",\"chosen\":\"い\",\"rejected\":\"う\",\"source\":\"x\",\"target\":"
     "\"y\"}",
     "pair", NULL, 3, 21},
    {"{\"prompt\":\"あ\",\"chosen\":\"い\",\"rejected\":\"\"}", "pair", "no-target", 0, 0},
    {"{\"chosen\":\"い\",\"rejected\":\"う\"}", "pair", "other-kind", 0, 0},
    {"{\"prompt\":[1],\"chosen\":\"い\",\"rejected\":\"う\"}", "pair", "other-kind", 0, 0},
    {"{\"source\":\"あ\",\"target\":\"い\"}", "seq2seq", NULL, 2, 1},
    {"{\"prompt\":\"あ\",\"completion\":\"い\"}", "seq2seq", NULL, 2, 1},
    {"{\"instruction\":\"あ\",\"input\":\"う\",\"output\":\"い\"}", "seq2seq", NULL, 2, 4},
    {"{\"source\":\"あ\",\"target\":\"\"}", "seq2seq", "no-target", 0, 0},
    {"{\"source\":\"あ\",\"target\":null}", "seq2seq", "other-kind", 0, 0},
    {"{\"metadata\":{}}", "text", "other-kind", 0, 0},
};

static void check_document(fixture *f, size_t i)
{
    sm_doc doc = {
        .record = sm_span_of(documents[i].json), .arena = &f->arena, .any_record = true};
    const char *bad = NULL;
    size_t at = 0;
    double value = 0;
    assert_int_equal(sm_doc_parse(&doc, "text", &bad, &at), 1);
    const sm_chat_kind kind = sm_chat_kind_of(&doc);
    assert_string_equal(sm_chat_kind_name(kind), documents[i].kind);
    const char *const rule =
        sm_chat_encode(f->chat, f->tok, f->encoder, &doc, kind, &f->ids, &value);
    if (!documents[i].rule) {
        if (rule) print_error("%s: %s\n", documents[i].json, rule);
        assert_null(rule);
        assert_int_equal(f->ids.n_parts, documents[i].parts);
        if (documents[i].parts)
            assert_int_equal(f->ids.parts[f->ids.n_parts - 1].start, documents[i].last);
        return;
    }
    assert_non_null(rule);
    assert_string_equal(rule, documents[i].rule);
}

static void documents_by_their_fields(void **state)
{
    (void)state;
    fixture f;
    set_up_template(&f, "chatml");
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        check_document(&f, i);
    tear_down(&f);
}

/* ---- Jinja in folders ------------------------------------------------------------------------------------- */

static void jinja_is_written_and_recognised(void **state)
{
    (void)state;
    for (size_t g = 0; g < chat_n_templates; g++) {
        fixture f;
        const char *name = NULL;
        set_up_template(&f, chat_templates[g].name);
        assert_ok(sm_chat_template_in(f.folder, &name, &f.err), &f.err);
        assert_null(name);
        for (int again = 0; again < 2; again++)
            assert_ok(sm_chat_jinja_write(f.chat, f.folder, &f.err), &f.err);
        assert_ok(sm_chat_template_in(f.folder, &name, &f.err), &f.err);
        assert_string_equal(name, chat_templates[g].name);
        sm_buffer plain = sm_buffer_make(1 << 20), wanted = sm_buffer_make(1 << 20);
        assert_ok(sm_chat_jinja_for(f.tok, f.folder, NULL, &plain, &f.err), &f.err);
        sm_chat_jinja(f.chat, false, &wanted);
        sm_buffer_putc(&wanted, 0);
        assert_span(sm_buffer_span(&plain), wanted.p);
        sm_buffer_free(&plain);
        sm_buffer_free(&wanted);
        tear_down(&f);
    }
}

static void jinja_of_others_stays_as_it_is(void **state)
{
    (void)state;
    fixture f;
    set_up_template(&f, "chatml");
    write_config(&f, "{\n \"chat_template\": \"{{ '<|im_start|>' }}{% generation %}x{%- "
                     "endgeneration -%} \\n y\"}");
    sm_buffer out = sm_buffer_make(1 << 20);
    assert_ok(sm_chat_jinja_add(f.tok, f.folder, NULL, &f.err), &f.err);
    assert_ok(sm_chat_jinja_for(f.tok, f.folder, NULL, &out, &f.err), &f.err);
    assert_span(sm_buffer_span(&out), "{{ '<|im_start|>' }}xy");
    write_config(&f, "[1]");
    const char *name = NULL;
    assert_int_equal(sm_chat_template_in(f.folder, &name, &f.err), SM_EFORMAT);
    sm_error_clear(&f.err);
    write_config(&f, "{\"chat_template\": ");
    assert_true(sm_chat_jinja_write(f.chat, f.folder, &f.err) < 0);
    sm_buffer_free(&out);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_ids),
        cmocka_unit_test(tokens_of_each_template),
        cmocka_unit_test(parts_of_a_dialogue),
        cmocka_unit_test(a_prompt_is_a_beginning),
        cmocka_unit_test(only_answers_count_whatever_is_in_them),
        cmocka_unit_test(every_order_of_roles),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(one_end_token),
        cmocka_unit_test(documents_by_their_fields),
        cmocka_unit_test(jinja_is_written_and_recognised),
        cmocka_unit_test(jinja_of_others_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
