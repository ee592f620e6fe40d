// The public holidays of some places and years by the package date-holidays,
// a line each: place, day, rule, name, separated by tabs.
//
//     node package_days.js FIRST_YEAR LAST_YEAR COUNTRY[.STATE[.REGION]]...
"use strict"

const Holidays = require("date-holidays")

const HOUR = 3600e3

const [first, last, ...places] = process.argv.slice(2)
for (const place of places) {
	const holidays = new Holidays(...place.split("."))
	// Times are of no interest, so let every day be one of UTC.
	holidays.setTimezone("Etc/UTC")
	for (let year = Number(first); year <= Number(last); year++) {
		for (const holiday of holidays.getHolidays(year)) {
			if (holiday.type !== "public")
				continue
			// A day of the Hebrew or Islamic calendar begins the evening before, at
			// 18:00; it is the day on which its morning is.
			const end = new Date(holiday.end)
			for (let at = new Date(+holiday.start + 7 * HOUR); at < end; at = new Date(+at + 24 * HOUR))
				console.log([place, at.toISOString().slice(0, 10), holiday.rule, holiday.name].join("\t"))
		}
	}
}
