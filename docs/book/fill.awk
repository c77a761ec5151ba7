# awk -f fill.awk OUTPUT PAGE: the page with the output of its program in its ```text blocks: each paragraph of the output
# in one block. An empty line of the output ends a paragraph. The first word of a block is the author's, and must be that of
# its paragraph: so no listing gets into the place of another.
FNR == 1 && !started++ { output = FILENAME }
FILENAME == output {
  if (/./) {
    if (paragraph[count + 1] == "") first[count + 1] = $1
    paragraph[count + 1] = paragraph[count + 1] $0 "\n"
  } else if (paragraph[count + 1] != "") ++count
  next
}
FNR == 1 && paragraph[count + 1] != "" { ++count }
inside && !checked {
  checked = 1
  if ($1 != first[block]) {
    print FILENAME ": block " block " of text begins with \"" $1 "\", and what the program prints there with \"" first[block] "\"" >"/dev/stderr"
    failed = 1
  }
}
/^```/ && inside { inside = 0 }
inside { next }
{ print }
/^```text$/ { inside = 1; checked = 0; printf "%s", paragraph[++block] }
END {
  if (block != count) {
    print FILENAME ": " block " blocks of text, but the program prints " count " paragraphs" >"/dev/stderr"
    failed = 1
  }
  exit failed
}
