# Reads what go test -json prints. Shows the output of what fails, a line for
# each package, and at the end the number of tests and subtests, and why some
# were skipped. Fails if a test did, or if there was none.
#
#   go test -json ./... | awk -v target=NAME -f gotest.awk

# The string that the event has under the name.
function field(name,    s) {
	if (!match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\""))
		return ""
	s = substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
	gsub(/\\\\/, "\001", s) # stands for a backslash until the others are gone
	gsub(/\\n/, "\n", s)
	gsub(/\\t/, "\t", s)
	gsub(/\\r/, "", s)
	gsub(/\\"/, "\"", s)
	gsub(/\\u003c/, "<", s)
	gsub(/\\u003e/, ">", s)
	gsub(/\\u0026/, "\\&", s)
	gsub(/\001/, "\\", s)
	return s
}

# The lines of a test's output that are not go test's own, as one line.
function reason(output,    n, i, lines, s) {
	n = split(output, lines, "\n")
	for (i = 1; i <= n; i++) {
		if (lines[i] ~ /^ *(===|---) / || lines[i] == "")
			continue
		sub(/^ *([^ :]+\.go:[0-9]+: )?/, "", lines[i])
		s = s (s == "" ? "" : " ") lines[i]
	}
	return s
}

{
	action = field("Action")
	package = field("Package")
	test = field("Test")
	key = package SUBSEP test
}
action == "" { print; next }
action == "build-output" { printf "%s", field("Output") }
action == "output" { output[key] = output[key] field("Output") }
action == "pass" || action == "fail" || action == "skip" {
	if (test != "")
		count[action]++
	else if (action == "fail")
		broken++
	if (action == "fail" && test == "") {
		for (k in output) # of this and of tests that did not come to an end
			if (index(k, package SUBSEP) == 1) {
				printf "%s", output[k]
				delete output[k]
			}
	} else if (action == "fail")
		printf "%s", output[key]
	else if (action == "pass" && test == "")
		print "ok  " package
	else if (action == "skip" && test != "") {
		why = reason(output[key])
		if (!(why in skipped))
			reasons[++nreasons] = why
		skipped[why] = skipped[why] " " test
	}
	delete output[key]
	fflush()
}
END {
	for (i = 1; i <= nreasons; i++)
		print "skipped: " reasons[i] ":" skipped[reasons[i]]
	printf "%s: %d passed, %d failed, %d skipped\n", target, count["pass"], count["fail"], count["skip"]
	exit broken > 0 || count["fail"] > 0 || count["pass"] == 0
}
