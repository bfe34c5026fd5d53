# SPDX-License-Identifier: MIT
"""Prints the speed of run.sh's runs and joins it with the quality: speed.py TIMES STATS QUALITY OUT."""
import json
import sys

times, stats, quality, out = sys.argv[1:]
with open(times, encoding='utf-8') as file:
    runs = [[float(field) for field in line.split()] for line in file]
seconds, user, rss = runs[len(runs) // 2]
with open(stats, encoding='utf-8') as file:
    html = json.load(file)['extract']['html_bytes']
with open(quality, encoding='utf-8') as file:
    result = json.load(file)
result['speed'] = {'html_mb': html / 1e6, 'seconds': seconds, 'cpu_seconds': user, 'mb_s': html / seconds / 1e6,
                   'mb_cpu_s': html / user / 1e6, 'rss_mb': rss / 1024, 'runs': len(runs)}
print('WARC to JSONL: {html_mb:.0f} MB of HTML in {seconds:.2f} s = {mb_s:.0f} MB/s '
      '({mb_cpu_s:.0f} MB a second of CPU), {rss_mb:.0f} MB of memory, median of {runs}'.format(**result['speed']))
with open(out, 'w', encoding='utf-8') as file:
    json.dump(result, file, indent=1)
