#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`seimai pii` beside HojiChar, presidio and datatrove on the same documents: precision and recall by kind.

    peers.py [--half heldout|dev]         needs hojichar, presidio-analyzer and datatrove (PyPI): PYTHON, or build/venv

By overlap, so that another idea of where a telephone number begins costs nobody a point; exact figures are in the JSON.
Of each peer its own rules, unchanged:
  HojiChar   MaskPersonalInformation: its telephone and its e-mail pattern
  datatrove  PIIFormatter: e-mail, public IPv4
  presidio   e-mail, telephone (region JP), card, IP, MAC; each at its default threshold. Switched off: everything that
             needs a language model (names, places), for it runs on a blank spaCy pipeline, and the recognizers of other
             countries; URL, IBAN, crypto and date have no kind here
phone here is phone and phone-service, ip is ipv4 and ipv6, for all tools: peers do not tell them apart.
"""
import argparse
import collections
import importlib.metadata
import sys

import score
from score import measure

JOINED = {'phone-service': 'phone', 'ipv4': 'ip', 'ipv6': 'ip'}


def joined(documents):
    """The documents with the kinds that peers do not tell apart joined into one."""
    return [{**document, 'spans': [{**span, 'kind': JOINED.get(span['kind'], span['kind'])} for span in document['spans']]}
            for document in documents]


def ours(documents, options):
    return {name: [(JOINED.get(kind, kind), *rest) for kind, *rest in hits] for name, hits in score.seimai(documents, options).items()}


def patterns(document, table):
    """Findings of (pattern, kind, validator)."""
    return [(kind, *match.span(), 'pattern') for pattern, kind, valid in table for match in pattern.finditer(document['text'])
            if valid is None or valid(match[0])]


def hojichar():
    from hojichar.filters.document_filters import MaskPersonalInformation
    rules = MaskPersonalInformation()
    return lambda document: patterns(document, [(rules.phone_pat, 'phone', None), (rules.email_pat, 'email', None)])


def datatrove():
    from datatrove.pipeline.formatters import PIIFormatter
    rules = PIIFormatter()
    return lambda document: patterns(document, [(rules.emails_replacer.regex, 'email', None),
                                                (rules.ip_replacer.regex, 'ip', rules.ip_replacer.validator)])


def presidio_engine():
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (CreditCardRecognizer, EmailRecognizer, IpRecognizer, MacAddressRecognizer,
                                                          PhoneRecognizer)
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # the list it brings along; no network

    class Blank(SpacyNlpEngine):
        def __init__(self):
            super().__init__()
            self.nlp = {'ja': spacy.blank('xx')}

    recognizers = [EmailRecognizer(supported_language='ja'), IpRecognizer(supported_language='ja'), CreditCardRecognizer(supported_language='ja'),
                   MacAddressRecognizer(supported_language='ja'), PhoneRecognizer(supported_language='ja', supported_regions=('JP',))]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=['ja'])
    return AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=['ja'])


def presidio():
    engine = presidio_engine()
    kinds = {'EMAIL_ADDRESS': 'email', 'PHONE_NUMBER': 'phone', 'CREDIT_CARD': 'card', 'IP_ADDRESS': 'ip', 'MAC_ADDRESS': 'mac'}

    def find(document):
        return [(kinds[hit.entity_type], hit.start, hit.end, 'pattern') for hit in engine.analyze(document['text'], language='ja')
                if hit.entity_type in kinds]
    return find


PEERS = {'hojichar': hojichar, 'presidio-analyzer': presidio, 'datatrove': datatrove}


def findings(finder, documents):
    return {document['id']: finder(document) for document in documents}


def available():
    """The peers that can be loaded, with their versions."""
    loaded = {}
    for name, load in PEERS.items():
        try:
            loaded[f'{name} {importlib.metadata.version(name)}'] = load()
        except ImportError as error:
            print(f'skip {name}: {error}', file=sys.stderr)
    return loaded


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--half', choices=['heldout', 'dev'], default='heldout')
    parser.add_argument('options', nargs='*', help='of seimai pii, after --')
    arguments = parser.parse_args()
    documents = joined(score.load_set(arguments.half))
    tables = {'seimai': score.score(documents, ours(documents, arguments.options))}
    for name, finder in available().items():
        tables[name] = score.score(documents, findings(finder, documents))
    show(tables, sum(document['class'] == 'negative' for document in documents))
    measure.save('pii-peers', {name: {kind: row.figures() for kind, row in rows.items()} for name, rows in tables.items()})
    return 0


def show(tables, negatives):
    print(f"{'P / R by overlap':22}" + ''.join(f'{name:>28}' for name in tables))
    kinds = collections.Counter()
    for rows in tables.values():
        for kind, row in rows.items():
            kinds[kind] = max(kinds[kind], row.labels)
    for kind in sorted(kinds, key=lambda name: (name in score.BY_WORDS, name)):
        cells = []
        for rows in tables.values():
            f = rows[kind].figures() if kind in rows else None
            cells.append(f"{f['P_overlap']:.3f} / {f['R_overlap']:.3f}" if f and f['hits'] and f['labels'] else '-')
        print(f'{kind:22}' + ''.join(f'{cell:>28}' for cell in cells))
    print(f"{'hits a negative doc':22}" + ''.join(f"{sum(row.in_negatives for row in rows.values()) / negatives:28.4f}" for rows in tables.values()))


if __name__ == '__main__':
    sys.exit(main())
