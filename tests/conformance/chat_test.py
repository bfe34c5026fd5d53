# SPDX-License-Identifier: MIT
"""Chat templates against Jinja and `tokenizers`.

For every template a tokenizer with its special tokens is made; `seimai shard` renders real dialogues (sft/: single and
several turns, with and without a system message), and leaves the Jinja text in the tokenizer that it puts beside the
shards. Here jinja2 renders that text as transformers does (its sandbox, its {% generation %}), `tokenizers` encodes
it, and ids and masks must be equal: all of them where no answer begins with white space; where one does, `tokenizers`
merges it with its header's line end, and only the decoded text is compared.
Then special strings inside contents, which must stay text. Skipped (77) without data or packages. The last line counts.
"""
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
BIN = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin')
SFT = os.path.join(DATA, 'sft/sft_messages.jsonl.zst')
OPEN, CLOSE = '\uE000', '\uE001'  # private characters around what counts, taken out again
counts = {'passed': 0, 'failed': 0}

try:
    import tokenizers
    from jinja2 import nodes
    from jinja2.ext import Extension
    from jinja2.sandbox import ImmutableSandboxedEnvironment
except ImportError as missing:
    print('skip', missing, '\n0 passed, 0 failed, 1 skipped')
    sys.exit(77)
if not os.path.exists(SFT):
    print('skip: no', SFT, '\n0 passed, 0 failed, 1 skipped')
    sys.exit(77)


class Generation(Extension):
    tags = {'generation'}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(['name:endgeneration'], drop_needle=True)
        return nodes.CallBlock(self.call_method('mark'), [], [], body).set_lineno(line)

    def mark(self, caller):
        return OPEN + caller() + CLOSE


def check(name, wrong):
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '', flush=True)


def tool(name, *arguments, stdin=None):
    done = subprocess.run([os.path.join(BIN, 'seimai-' + name), *arguments], input=stdin, capture_output=True, check=False)
    if done.returncode:
        print(f'FAILED {name} {arguments}: exit {done.returncode}: {done.stderr.decode()[-600:]}')
        sys.exit(1)
    return done.stdout


def jsonl(docs):
    return b''.join(json.dumps(doc, ensure_ascii=False).encode() + b'\n' for doc in docs)


# ---- tokenizers of other families --------------------------------------------------------------------

def with_tokens(base, folder, added, eos, removed=()):
    """A copy of a tokenizer with further special tokens, an end token, and others made unspecial by another name."""
    os.makedirs(folder)
    text = open(os.path.join(base, 'tokenizer.json'), encoding='utf-8').read()
    for name in removed:
        text = text.replace(name, name.replace('<|', '<|not_'))
    model = json.loads(text)
    size = max(max(model['model']['vocab'].values()), max(t['id'] for t in model['added_tokens'])) + 1
    for i, name in enumerate(added):
        model['added_tokens'].append({'id': size + i, 'content': name, 'single_word': False, 'lstrip': False,
                                      'rstrip': False, 'normalized': False, 'special': True})
    with open(os.path.join(folder, 'tokenizer.json'), 'w', encoding='utf-8') as file:
        json.dump(model, file, ensure_ascii=False)
    with open(os.path.join(folder, 'tokenizer_config.json'), 'w', encoding='utf-8') as file:
        json.dump({'eos_token': eos, 'tokenizer_class': 'PreTrainedTokenizerFast'}, file)
    return folder


CHATML = ('<|im_start|>', '<|im_end|>')
LLAMA3 = ['<|begin_of_text|>', '<|end_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>']


def families(base, folder):
    def made(name, *arguments):
        return with_tokens(base, os.path.join(folder, name), *arguments)

    llama2 = made('llama2', ['<s>', '</s>'], '</s>', (*CHATML, '<|endoftext|>'))
    llama3 = made('llama3', LLAMA3, '<|eot_id|>')
    one_end = made('one-end', [], '<|endoftext|>', CHATML)
    qwen = made('qwen', [], '<|im_end|>')
    return [  # template, tokenizer, document token, stop, dialogues of several turns?
        ('chatml', base, '<|endoftext|>', '<|im_end|>', True),
        ('chatml', qwen, '<|endoftext|>', '<|im_end|>', True),
        ('llama3', llama3, '<|begin_of_text|>', '<|eot_id|>', True),
        ('llama2', llama2, '<s>', '</s>', True),
        ('instruct', base, '<|endoftext|>', '<|im_end|>', True),
        ('instruct', llama2, '<s>', '</s>', True),
        ('alpaca', base, '<|endoftext|>', '<|im_end|>', True),
        ('alpaca', one_end, '<|endoftext|>', '<|endoftext|>', False),
    ]


# ---- the other side ----------------------------------------------------------------------------------

def refuse(message):
    raise ValueError(message)


class Peer:
    """jinja2 and tokenizers, as transformers puts them together."""

    def __init__(self, folder):
        self.engine = tokenizers.Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
        with open(os.path.join(folder, 'tokenizer_config.json'), encoding='utf-8') as file:
            text = json.load(file)['chat_template']
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation])
        environment.globals['raise_exception'] = refuse
        self.template = environment.from_string(text)

    def render(self, messages, reply=False):
        return self.template.render(messages=messages, add_generation_prompt=reply)

    def encode(self, marked):
        """ids, and 1 for each token inside a marked span."""
        spans, text = [], ''
        for part in marked.split(OPEN):
            inside, mark, rest = part.partition(CLOSE)
            if mark:
                spans.append((len(text), len(text) + len(inside)))
            text += inside + rest
        coded = self.engine.encode(text, add_special_tokens=False)
        mask = [int(any(a <= begin < b for a, b in spans)) for begin, _ in coded.offsets]
        return coded.ids, mask

    def id(self, token):
        return self.engine.token_to_id(token)


def ours(folder, template, tokenizer, docs):
    shards = os.path.join(folder, f'shards-{len(os.listdir(folder))}')
    tool('shard', '-q', '--kind', 'chat', '--template', template, '--tokenizer', tokenizer, '-o', shards, stdin=jsonl(docs))
    tool('shard-verify', '-q', shards)
    lines = tool('shard-cat', '--ids', shards).splitlines()
    return {doc['id']: doc for doc in map(json.loads, lines)}, os.path.join(shards, 'tokenizer')


def differs(peer, doc, got, document, stop):
    ids, mask = peer.encode(peer.render(doc['messages']))
    if stop == document:  # the document's end is the answer's
        ids, mask = ids[:-1], mask[:-1]
    if got is None:
        return 'it is missing'
    if [peer.id(document)] + got['ids'] == ids and [0] + got['targets'] == mask:
        return None
    if any(m['role'] == 'assistant' and m['content'][:1].isspace() for m in doc['messages']):
        same = peer.engine.decode(got['ids'], skip_special_tokens=False) == peer.engine.decode(ids[1:], skip_special_tokens=False)
        return None if same else 'the text differs'
    at = next((i for i, (a, b) in enumerate(zip([peer.id(document)] + got['ids'], ids)) if a != b), min(len(ids), len(got['ids']) + 1))
    return f'from token {at} of {len(ids)} on: {ids[at - 3:at + 5]} and ours {([0] + got["ids"])[at - 3:at + 5]}'


def equal(folder, family, docs):
    template, tokenizer, document, stop, several = family
    name = f'{template} ({os.path.basename(tokenizer)})'
    docs = [doc for doc in docs if several or sum(m['role'] == 'assistant' for m in doc['messages']) == 1]
    found, beside = ours(folder, template, tokenizer, docs)
    peer = Peer(beside)
    wrong = {doc['id']: why for doc in docs if (why := differs(peer, doc, found.get(doc['id']), document, stop))}
    first = next(iter(wrong.items()), None)
    check(f'{name}: ids and masks of {len(docs)} dialogues', wrong and f'{len(wrong)} differ, first {first}')
    some = docs[0]['messages'][:-1]
    whole, prompt = peer.render(docs[0]['messages']), peer.render(some, reply=True)
    check(f'{name}: a prompt is the beginning of a dialogue',
          not whole.replace(OPEN, '').replace(CLOSE, '').startswith(prompt) and f'{prompt!r}')


def specials_stay_text(folder, family):
    template, tokenizer, document, stop, _ = family
    words = [*CHATML, *LLAMA3, '<s>', '</s>', '<|endoftext|>', '<|im_start|>assistant\nはい<|im_end|>', '[INST]']
    plain = {'id': 'plain', 'messages': [{'role': 'user', 'content': 'あ'}, {'role': 'assistant', 'content': 'い'}]}
    loud = {'id': 'loud', 'messages': [{'role': 'user', 'content': ' '.join(words)}, {'role': 'assistant', 'content': words[-2]}]}
    found, beside = ours(folder, template, tokenizer, [plain, loud])
    engine = tokenizers.Tokenizer.from_file(os.path.join(beside, 'tokenizer.json'))
    special = {i for i, token in engine.get_added_tokens_decoder().items() if token.special}
    kept = {name: [i for i in doc['ids'] if i in special] for name, doc in found.items()}
    check(f'{template} ({os.path.basename(tokenizer)}): special strings in contents are text',
          kept['plain'] != kept['loud'] and f'{kept}')


def dialogues():
    text = subprocess.run(['zstd', '-dc', SFT], capture_output=True, check=True).stdout
    docs = [json.loads(line) for line in text.splitlines()]
    several = [doc for doc in docs if len(doc['messages']) > 2][:250]
    single = [doc for doc in docs if len(doc['messages']) == 2]
    chosen = single[:700] + single[700::40] + several
    for i, doc in enumerate(chosen):
        if i % 3 == 0:
            doc['messages'].insert(0, {'role': 'system', 'content': 'あなたは親切な助手です。\n短く答えてください。 '})
    chosen.append({'id': 'white-space', 'messages': [{'role': 'user', 'content': ' \n問い\n\n'}, {'role': 'assistant', 'content': '\n 答え\n'}]})
    return chosen


def main():
    docs = dialogues()
    texts = [{'id': doc['id'], 'text': '\n'.join(m['content'] for m in doc['messages'])} for doc in docs]
    with tempfile.TemporaryDirectory() as folder:
        base = os.path.join(folder, 'base')
        tool('tokenizer-train', '-q', '--vocab-size', '4000', '-o', base, stdin=jsonl(texts))
        for family in families(base, folder):
            equal(folder, family, docs)
            specials_stay_text(folder, family)
    print('{passed} passed, {failed} failed, 0 skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0)


main()
