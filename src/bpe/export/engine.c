/* The real engines, each in a child process of Python.
 * SPDX-License-Identifier: MIT
 *
 * The child reads records (u32 length, bytes: a text) from standard input and writes, after a line with its name and
 * version, records (u32 number, u32 ids…). Its input is a file, so neither side waits for the other. Status 77: a
 * package is missing. -B: it writes no bytecode. */
#include <errno.h>
#include <fcntl.h>
#include <seimai/tokenizer_verify.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "export/token_file.h"

enum { MISSING = 77 };

struct sm_token_spool {
    FILE *texts, *ids;
};

/* ---- the scripts ------------------------------------------------------------------------ */

#define HEAD                                                                                   \
    "import array, json, os, struct, sys\n"                                                    \
    "path = sys.argv[1]\n"                                                                     \
    "def missing(e):\n"                                                                        \
    "    print(e, file=sys.stderr)\n"                                                          \
    "    sys.exit(77)\n"                                                                       \
    "try:\n"
#define TAIL                                                                                   \
    "source, sink = sys.stdin.buffer, sys.stdout.buffer\n"                                     \
    "sink.write((name + '\\n').encode())\n"                                                    \
    "while head := source.read(4):\n"                                                          \
    "    text = source.read(struct.unpack('<I', head)[0]).decode()\n"                          \
    "    ids = array.array('I', encode(text))\n"                                               \
    "    if sys.byteorder == 'big':\n"                                                         \
    "        ids.byteswap()\n"                                                                 \
    "    sink.write(struct.pack('<I', len(ids)) + ids.tobytes())\n"                            \
    "sink.flush()\n"

static const char hf[] =
    HEAD "    import tokenizers\n"
         "except ImportError as e:\n"
         "    missing(e)\n"
         "if os.path.isdir(path):\n"
         "    path = os.path.join(path, 'tokenizer.json')\n"
         "engine = tokenizers.Tokenizer.from_file(path)\n"
         "engine.encode_special_tokens = True\n"
         "name = 'tokenizers ' + tokenizers.__version__\n"
         "def encode(text):\n"
         "    return engine.encode(text, add_special_tokens=False).ids\n" TAIL;

static const char spiece[] =
    HEAD "    import sentencepiece\n"
         "except ImportError as e:\n"
         "    missing(e)\n"
         "engine = sentencepiece.SentencePieceProcessor(model_file=path)\n"
         "name = 'sentencepiece ' + sentencepiece.__version__\n"
         "encode = engine.encode\n" TAIL;

static const char tiktoken[] = HEAD
    "    import base64, tiktoken\n"
    "except ImportError as e:\n"
    "    missing(e)\n"
    "with open(path + '.json', encoding='utf-8') as f:\n"
    "    beside = json.load(f)\n"
    "with open(path, 'rb') as f:\n"
    "    ranks = {base64.b64decode(a): int(b) for a, b in (line.split() for line in f)}\n"
    "engine = tiktoken.Encoding('exported', pat_str=beside['pat_str'], mergeable_ranks=ranks,\n"
    "                           special_tokens=beside['special_tokens'])\n"
    "matched = set(beside['matched_in_text'])\n"
    "name = 'tiktoken ' + tiktoken.__version__\n"
    "def encode(text):\n"
    "    return engine.encode(text, allowed_special=matched, disallowed_special=())\n" TAIL;

static const char llama[] = HEAD
    "    import ctypes, llama_cpp\n"
    "except ImportError as e:\n"
    "    missing(e)\n"
    "quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)\n"
    "llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))\n"
    "asked = llama_cpp.llama_model_default_params()\n"
    "asked.vocab_only = True\n"
    "engine = llama_cpp.llama_model_load_from_file(path.encode(), asked)\n"
    "if not engine:\n"
    "    sys.exit('llama.cpp does not load it')\n"
    "vocab = llama_cpp.llama_model_get_vocab(engine)\n"
    "name = 'llama.cpp of llama-cpp-python ' + llama_cpp.__version__\n"
    "def encode(text):\n"
    "    data = text.encode()\n"
    "    room = (llama_cpp.llama_token * (len(data) + 2))()\n"
    "    n = llama_cpp.llama_tokenize(vocab, data, len(data), room, len(room), False, False)\n"
    "    return room[:n]\n" TAIL;

static const struct {
    const char *name, *script;
} engines[] = {{"tokenizers", hf},
               {"sentencepiece", spiece},
               {"tiktoken", tiktoken},
               {"llama.cpp", llama}};

/* ---- the spool -------------------------------------------------------------------------- */

int sm_token_spool_new(sm_token_spool **spool, sm_error *err)
{
    sm_token_spool *s = sm_calloc(1, sizeof *s);
    s->texts = tmpfile(); /* unnamed */
    s->ids = tmpfile();
    *spool = s;
    if (s->texts && s->ids) return 0;
    const int why = errno;
    sm_token_spool_free(s);
    *spool = NULL;
    SM_FAIL(err, SM_EIO, "temporary file: %s", strerror(why));
}

void sm_token_spool_free(sm_token_spool *s)
{
    if (!s) return;
    if (s->texts) (void)fclose(s->texts);
    if (s->ids) (void)fclose(s->ids);
    sm_free(s);
}

static bool put_u32(FILE *file, size_t v)
{
    char bytes[4];
    sm_put_u32(bytes, (uint32_t)v);
    return fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes;
}

int sm_token_spool_add(sm_token_spool *s, sm_span text, const sm_ids *ids, sm_error *err)
{
    bool fine = put_u32(s->texts, text.n) && fwrite(text.p, 1, text.n, s->texts) == text.n;
    fine = fine && put_u32(s->ids, ids->n);
    for (size_t i = 0; i < ids->n && fine; i++)
        fine = put_u32(s->ids, ids->p[i]);
    if (fine) return 0;
    SM_FAIL(err, SM_EIO, "temporary file: %s", strerror(errno));
}

static bool get_u32(FILE *file, uint32_t *v)
{
    char bytes[4];
    if (fread(bytes, 1, sizeof bytes, file) != sizeof bytes) return false;
    *v = sm_get_u32(bytes);
    return true;
}

static bool get_ids(FILE *file, sm_ids *ids)
{
    uint32_t n = 0, id = 0;
    ids->n = 0;
    if (!get_u32(file, &n)) return false;
    for (; n > 0; n--) {
        if (!get_u32(file, &id)) return false;
        sm_ids_put(ids, id);
    }
    return true;
}

static bool get_text(FILE *file, sm_buffer *text)
{
    uint32_t n = 0;
    sm_buffer_clear(text);
    if (!get_u32(file, &n)) return false;
    char *p = sm_buffer_reserve(text, n);
    if (!p || fread(p, 1, n, file) != n) return false;
    text->n = n;
    return true;
}

/* ---- the child -------------------------------------------------------------------------- */

typedef struct child {
    pid_t pid;
    FILE *answers; /* its standard output */
    FILE *words;   /* its standard error */
} child;

extern char **environ;

/* argv is not const for historical reasons: nobody writes there. */
static char *argument(const char *s)
{
    union {
        const char *in;
        char *out;
    } u = {s};
    return u.out;
}

static int spawn_python(const char *python, const char *script, const char *path, int in,
                        int out, int words, pid_t *pid)
{
    char *const argv[] = {argument(python), argument("-B"), argument("-c"),
                          argument(script), argument(path), NULL};
    posix_spawn_file_actions_t actions;
    int why = posix_spawn_file_actions_init(&actions);
    if (why) return why;
    why = posix_spawn_file_actions_adddup2(&actions, in, 0);
    if (!why) why = posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (!why) why = posix_spawn_file_actions_adddup2(&actions, words, 2);
    if (!why) why = posix_spawnp(pid, python, &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return why;
}

/* 0, or what errno would say. The texts are read from their beginning, through a file position of our own. */
static int start_child(child *c, const char *python, const char *script, const char *path,
                       FILE *texts)
{
    int ends[2];
    *c = (child){.words = tmpfile()};
    if (!c->words || fflush(texts) || lseek(fileno(texts), 0, SEEK_SET) < 0 || pipe(ends) < 0)
        return errno;
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    const int why =
        spawn_python(python, script, path, fileno(texts), ends[1], fileno(c->words), &c->pid);
    (void)close(ends[1]);
    if (why) {
        (void)close(ends[0]);
        return why;
    }
    c->answers = fdopen(ends[0], "rb");
    return c->answers ? 0 : errno;
}

/* Its exit status; 128 where it was killed. */
static int end_child(child *c)
{
    int status = 0;
    if (c->answers) (void)fclose(c->answers);
    while (c->pid && waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The last line that it wrote to standard error: of Python's traces the one that says what is wrong. */
static char *last_words(const child *c)
{
    char text[2048];
    (void)fflush(c->words);
    const off_t end = lseek(fileno(c->words), 0, SEEK_END);
    const off_t from = end > (off_t)sizeof text ? end - (off_t)sizeof text : 0;
    const ssize_t n = pread(fileno(c->words), text, sizeof text, from);
    sm_span s = {text, n > 0 ? (size_t)n : 0};
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    size_t line = s.n;
    while (line > 0 && s.p[line - 1] != '\n')
        line--;
    return sm_strdup(s.n ? (sm_span){s.p + line, s.n - line} : SM_SPAN("it says nothing"));
}

/* ---- comparing -------------------------------------------------------------------------- */

static bool get_name(FILE *file, sm_buffer *name)
{
    for (int c = getc(file); c != '\n'; c = getc(file)) {
        if (c == EOF || name->n > 200) return false;
        sm_buffer_putc(name, (char)c);
    }
    return true;
}

/* True if every document has its answer. */
static bool compare_all(sm_token_comparison *c, const sm_tokenizer *tok, FILE *texts, FILE *ids,
                        FILE *answers)
{
    sm_buffer text = sm_buffer_make(UINT32_MAX), name = sm_buffer_make(1 << 10);
    sm_ids want = {0}, got = {0};
    bool fine = get_name(answers, &name);
    while (fine && get_ids(ids, &want)) {
        fine = get_text(texts, &text) && get_ids(answers, &got);
        if (fine) sm_token_compare(c, tok, sm_buffer_span(&text), &want, &got);
    }
    if (fine) {
        sm_free(c->reader);
        c->reader = sm_strdup(sm_buffer_span(&name));
    }
    sm_buffer_free(&text);
    sm_buffer_free(&name);
    sm_ids_free(&want);
    sm_ids_free(&got);
    return fine;
}

/* A second view of a file, with a position of its own. */
static FILE *view_of(FILE *file)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    return fflush(file) == 0 ? fopen(path, "rb") : NULL;
}

static int talk(sm_token_comparison *c, const sm_tokenizer *tok, const sm_token_spool *spool,
                child *engine, sm_error *err)
{
    FILE *texts = view_of(spool->texts), *ids = view_of(spool->ids);
    const bool fine = texts && ids && compare_all(c, tok, texts, ids, engine->answers);
    if (texts) (void)fclose(texts);
    if (ids) (void)fclose(ids);
    const int status = end_child(engine);
    if (fine && status == 0) return 0;
    char *words = status ? last_words(engine)
                         : sm_strdup(SM_SPAN("it gave fewer answers than there are documents"));
    if (status == MISSING) {
        c->missing = words;
        return 0;
    }
    (void)sm_error_set(err, SM_EFORMAT, "%s: %s: %s", c->file, c->reader, words);
    sm_free(words);
    return SM_EFORMAT;
}

static size_t engine_of(const char *path)
{
    const sm_span s = sm_span_of(path);
    if (sm_span_ends(s, SM_SPAN(".model"))) return 1;
    if (sm_span_ends(s, SM_SPAN(".tiktoken"))) return 2;
    if (sm_span_ends(s, SM_SPAN(".gguf"))) return 3;
    return sm_span_ends(s, SM_SPAN(".bin")) ? sizeof engines / sizeof *engines : 0;
}

int sm_token_engine_run(sm_token_comparison *c, const char *python, const sm_tokenizer *tok,
                        const sm_token_spool *spool, sm_error *err)
{
    const size_t i = engine_of(c->file);
    if (i == sizeof engines / sizeof *engines) {
        c->reader = sm_strdup(SM_SPAN("llama2.c"));
        c->missing = sm_strdup(SM_SPAN("run.c is no library"));
        return 0;
    }
    child engine;
    c->reader = sm_strdup(sm_span_of(engines[i].name));
    const int why = start_child(&engine, python, engines[i].script, c->file, spool->texts);
    int status = 0;
    if (why == 0) {
        status = talk(c, tok, spool, &engine, err);
    } else {
        sm_buffer b = sm_buffer_make(1 << 12);
        sm_buffer_printf(&b, "%s: %s", python, strerror(why));
        c->missing = sm_strdup(sm_buffer_span(&b));
        sm_buffer_free(&b);
    }
    if (engine.words) (void)fclose(engine.words);
    return status;
}
