// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// leaky.js [HOST [PORT]]: a server that leaks in Node.js. With allowHalfOpen it is the program
// that has to end its side, and where no question came it never does.
"use strict";

const net = require("net");

const [host = "127.0.0.1", port = "0"] = process.argv.slice(2);

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
	let asked = "";

	socket.on("data", (data) => {
		asked += data;
	});
	socket.on("end", () => {
		if (asked.endsWith("\n"))
			socket.end("no such name\n");
		// else the leak: no end() and no destroy()
	});
	socket.on("error", () => socket.destroy());
});

server.listen(Number(port), host, () => {
	console.log(`${host} ${server.address().port}`);
});
