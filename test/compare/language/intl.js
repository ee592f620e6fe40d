// Answers questions about languages by Node's Intl: a line of JSON for each line
// of JSON on the standard input.
"use strict";

const answers = {
	// which of the locales there are
	locales: (q) => Intl.PluralRules.supportedLocalesOf(q.locales),

	versions: () => process.versions,

	plurals: (q) => {
		const rules = new Intl.PluralRules(q.locale);
		return q.numbers.map((n) => rules.select(n));
	},

	categories: (q) => new Intl.PluralRules(q.locale).resolvedOptions().pluralCategories,

	// the parts of dates, by what they are
	dates: (q) => q.moments.map(([milliseconds, timeZone]) => {
		const format = new Intl.DateTimeFormat(q.locale, {
			calendar: "gregory", numberingSystem: "latn", timeZone,
			weekday: "long", year: "numeric", month: "long", day: "numeric",
			hour: "numeric", minute: "numeric",
		});
		const parts = {};
		for (const { type, value } of format.formatToParts(milliseconds))
			if (type !== "literal")
				parts[type] = value;
		return parts;
	}),

	relative: (q) => {
		const format = new Intl.RelativeTimeFormat(q.locale, { numeric: "always", numberingSystem: "latn" });
		return q.times.map(([value, unit]) => format.format(value, unit));
	},

	// the short names of Monday to Sunday, and an hour in the morning and one later
	hours: (q) => {
		const options = { calendar: "gregory", numberingSystem: "latn", timeZone: "UTC" };
		const weekday = new Intl.DateTimeFormat(q.locale, { ...options, weekday: "short" });
		const time = new Intl.DateTimeFormat(q.locale, { ...options, hour: "numeric", minute: "numeric" });
		const day = 86400000;
		return {
			weekdays: [0, 1, 2, 3, 4, 5, 6].map((d) => weekday.format((19723 + d) * day)),
			times: [8, 17].map((h) => time.format(h * 3600000)),
		};
	},
};

const lines = require("fs").readFileSync(0, "utf8").split("\n");
for (const line of lines) {
	if (line === "")
		continue;
	const question = JSON.parse(line);
	console.log(JSON.stringify(answers[question.ask](question)));
}
