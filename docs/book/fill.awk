# awk -f fill.awk OUTPUT PAGE: the page with the output of its program in its ```text blocks: each paragraph of the output
# in one block. An empty line of the output ends a paragraph.
FNR == 1 && !started++ { output = FILENAME }
FILENAME == output {
  if (/./) paragraph[count + 1] = paragraph[count + 1] $0 "\n"
  else if (paragraph[count + 1] != "") ++count
  next
}
FNR == 1 && paragraph[count + 1] != "" { ++count }
/^```/ && inside { inside = 0 }
inside { next }
{ print }
/^```text$/ { inside = 1; printf "%s", paragraph[++block] }
END {
  if (block != count) {
    print FILENAME ": " block " blocks of text, but the program prints " count " paragraphs" >"/dev/stderr"
    exit 1
  }
}
