# Makes a piece of C of the files in texts/, one a language, English first.
#
# Works on bytes, so that any awk will do.  A line that is not understood is an
# error: file, line and what is wrong.

function fault(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
	failed = 1
	exit 1
}

function trim(text)
{
	sub(/^[ \t]+/, "", text)
	sub(/[ \t\r]+$/, "", text)
	return text
}

function quoted(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

BEGIN { languages = texts = words = 0 }

FNR == 1 {
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.txt$/, "", name)
	language[languages] = name
	languages++
	kind = ""
}

{ line = trim($0) }

line == "" || line ~ /^#/ { next }

line ~ /^\[.*\]$/ {
	kind = substr(line, 2, length(line) - 2)
	next
}

{
	at = index(line, " = ")
	if (kind == "" || at == 0)
		fault("expected a [kind], or a key, \" = \" and a text")
	key = trim(substr(line, 1, at - 1))
	n = split(trim(substr(line, at + 3)), part, /[ \t]*\|[ \t]*/)
	if (!((kind, key) in number)) {
		number[kind, key] = texts
		kinds[texts] = kind
		keys[texts] = key
		texts++
	}
	id = number[kind, key]
	if ((languages, id) in text)
		fault("\"" key "\" has a text already")
	for (i = 1; i <= n; i++)
		if (part[i] == "")
			fault("a text is empty")
	text[languages, id] = part[1]
	for (i = 2; i <= n; i++) {
		word_language[words] = languages - 1
		word_id[words] = id
		word[words] = part[i]
		words++
	}
}

END {
	if (failed)
		exit 1
	print "/* Made of the files in src/language/texts; do not edit. */"
	printf "#define NUM_LANGUAGES %d\n#define NUM_TEXTS %d\n#define NUM_WORDS %d\n", \
		languages, texts, words
	print "\nconst char *const shipped_languages[NUM_LANGUAGES] = {"
	for (l = 0; l < languages; l++)
		printf "\t%s,\n", quoted(language[l])
	print "};\n\nconst ShippedKey shipped_keys[NUM_TEXTS] = {"
	for (i = 0; i < texts; i++)
		printf "\t{%s, %s},\n", quoted(kinds[i]), quoted(keys[i])
	print "};\n\nstatic const char *const texts[NUM_LANGUAGES][NUM_TEXTS] = {"
	for (l = 1; l <= languages; l++) {
		print "\t{"
		for (i = 0; i < texts; i++)
			printf "\t\t%s,\n", ((l, i) in text) ? quoted(text[l, i]) : "NULL"
		print "\t},"
	}
	print "};\n\nconst ShippedWord shipped_words[NUM_WORDS] = {"
	for (i = 0; i < words; i++)
		printf "\t{%d, %d, %s},\n", word_language[i], word_id[i], quoted(word[i])
	print "};"
}
