# SPDX-License-Identifier: GPL-2.0-only
# From results.json to the results file of a tmt test with `result: custom`.
include "cases";

def duration: floor | "\(. / 3600 | floor | tostring | if length < 2 then "0" + . else . end):\(. / 60 % 60 | tostring | if length < 2 then "0" + . else . end):\(. % 60 | tostring | if length < 2 then "0" + . else . end)";

{results: ., violations: [], consoles: []} |
[cases | {name: "/\(.engine)/\(.test)\(if .name then "/" + .name else "" end)", result: .status, duration: (.seconds | duration)} +
	(if .reason != "" then {note: [.reason]} else {} end)]
