// What the npm package opening_hours says of expressions.  Lines come in, each
// an expression, an instant, and the ends of a time around it, as milliseconds;
// lines go out: whether it is open then, the next change, and the open periods;
// or "error" and the message.  The zone is that of the variable TZ.
'use strict';
const OpeningHours = require('opening_hours');

for (const line of require('fs').readFileSync(0, 'utf8').split('\n')) {
	if (line === '')
		continue;
	const [text, ...times] = line.split('\t');
	const [at, from, until] = times.map(time => new Date(Number(time)));
	try {
		const hours = new OpeningHours(text, null);
		const change = hours.getNextChange(at, until);
		console.log([hours.getState(at), change === undefined ? '' : change.getTime(),
			hours.getOpenIntervals(from, until).map(p => p[0].getTime() + '-' + p[1].getTime())].join('\t'));
	} catch (error) {
		console.log('error\t' + String(error).replace(/\s+/g, ' '));
	}
}
