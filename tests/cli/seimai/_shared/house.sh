# A folder with the dispatcher and tools of paper, which say how they were called. Sourced by the cases.
# SPDX-License-Identifier: MIT
mkdir house
cp "$(command -v seimai)" house/
tool() { # NAME ABOUT
    cat >"house/seimai-$1" <<END
#!/bin/sh
[ "\$1" = --help=json ] && { echo '{"name":"$1","about":"$2","options":[]}'; exit 0; }
printf '$1:'
[ \$# -gt 0 ] && printf ' <%s>' "\$@"
echo
END
    chmod +x "house/seimai-$1"
}
tool shard 'Write shards.'
tool shard-info 'Tell about shards.'
tool tokenizer-train 'Train a tokenizer.'
