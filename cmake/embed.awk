# Writes C: files that are compiled into the command.
#   awk -v header=cli/trace/page/files.h -v prefix=trace_ -f embed.awk NAME=FILE.. -- SOURCE..
# Each FILE becomes the array of lines PREFIX_NAME; of each SOURCE, if there are any, the block of
# every op that it defines goes into trace_blocks. A block begins with the derivation, a comment at
# the margin that has "=>", or else behind the block before; it ends with the op's gd_op, or the
# function gd_OP behind that.
BEGIN {
  print "/* Written by cmake/embed.awk. */"
  print "#include \"" header "\"\n"
  print "#include <stddef.h>\n"
  for (i = 1; i < ARGC && ARGV[i] != "--"; ++i) {
    split(ARGV[i], pair, "=")
    embed("const char *const " prefix pair[1], pair[2])
  }
  if (i == ARGC)
    exit
  for (++i; i < ARGC; ++i)
    blocks(ARGV[i])
  print "const trace_block trace_blocks[] = {"
  printf "%s", table
  print "    {NULL, NULL, 0, NULL}};"
}

function quoted(text) {
  gsub(/\\/, "&&", text)
  gsub(/"/, "\\\\&", text)
  return "\"" text "\""
}

function embed(what, file, text) {
  print what "[] = {"
  while ((getline text < file) > 0)
    print "    " quoted(text) ","
  print "    NULL};\n"
  close(file)
}

# The name of a source in the tree: its last two folders at most.
function short(file) {
  sub(/.*\/(autograd|losses|nn)\//, "&", file)
  match(file, /(autograd|losses|nn)\/[^\/]*(\/[^\/]*)?$/)
  return substr(file, RSTART)
}

function blocks(file, n, text, line, start, first, name, end, k) {
  n = 0
  while ((getline text < file) > 0)
    line[++n] = text
  close(file)
  start = 1
  for (k = 1; k <= n; ++k) {
    if (line[k] !~ /^const gd_op gd_op_[a-z0-9_]+ = \{/)
      continue
    name = line[k]
    sub(/^const gd_op gd_op_/, "", name)
    sub(/ .*/, "", name)
    for (end = k; line[end] != "};"; ++end);
    first = derivation(line, start, k)
    end = own_function(line, end, n, name)
    print "static const char *const block_" name "[] = {"
    for (k = first; k <= end; ++k)
      print "    " quoted(line[k]) ","
    print "    NULL};\n"
    table = table "    {\"" name "\", \"" short(file) "\", " first ", block_" name "},\n"
    start = end + 1
    k = end
  }
}

function derivation(line, start, end, k, comment) {
  for (k = start; k < end; ++k) {
    if (line[k] ~ /^\/\*/)
      comment = k
    if (comment && line[k] ~ /=>/)
      return comment
    if (line[k] ~ /\*\/$/)
      comment = 0
  }
  for (k = start; k < end && (line[k] == "" || line[k] ~ /^#/); ++k);
  return k
}

function own_function(line, end, n, name, k) {
  for (k = end + 1; k <= n && line[k] == ""; ++k);
  if (k > n || line[k] !~ "^gd_tensor \\*gd_" name "\\(")
    return end
  for (; k <= n && line[k] != "}"; ++k);
  return k
}
