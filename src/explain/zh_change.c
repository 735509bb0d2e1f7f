// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in Chinese: transitions. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct explain_change explain_zh_changes[EXPLAIN_CHANGES] = {
	{ TS_CLOSED, TS_LISTEN, { .event = "listen()", .action = "无",
	    .meaning = "服务端的套接字开始监听，从此会回应 SYN。",
	    .normal = "服务启动时，每个监听套接字一次。" } },
	{ TS_CLOSED, TS_SYN_SENT, { .event = "connect()", .action = "发 SYN",
	    .meaning = "客户端开始握手（主动打开）。套接字如果还没有绑定，本地端口就在这一步之后选"
	      "定。",
	    .normal = "本机每发起一条连接一次。" } },
	{ TS_LISTEN, TS_SYN_RECV, { .event = "收到 SYN", .action = "发 SYN-ACK",
	    .meaning = "有客户端开始握手（被动打开）。监听套接字仍在 LISTEN：进入 SYN_RECV 的是为这"
	      "条连接新建的小套接字。",
	    .normal = "别人每向本机发起一条连接一次。用了 SYN cookie 时，要到握手结束才看得"
	      "到。" } },
	{ TS_LISTEN, TS_CLOSED, { .event = "close()，或 shutdown() 关闭读方向",
	    .action = "对还没有 accept() 的连接发 RST",
	    .meaning = "监听结束，还在 accept 队列里等待的连接也随之结束；打开了 tcp_migrate_req "
	      "时，它们会转给同一 SO_REUSEPORT 组里的另一个监听套接字。",
	    .normal = "服务停止或重启时。" } },
	{ TS_SYN_SENT, TS_SYN_RECV, { .event = "收到不带 ACK 的 SYN", .action = "发 SYN-ACK",
	    .meaning = "两端都向对方 connect()，两个 SYN 在路上交错，即同时打开。双方各自回应，最后"
	      "只形成一条连接。",
	    .normal = "非常少见：NAT 打洞，或者套接字连到了自己的端口。" } },
	{ TS_SYN_SENT, TS_ESTABLISHED, { .event = "收到 SYN-ACK", .action = "发 ACK",
	    .meaning = "客户端这边握手完成，connect() 返回。在 SYN_SENT 里的时间就是一个往返时间；"
	      "丢了 SYN 的话，还要加上 1 秒以上。",
	    .normal = "本机每发起一条连接一次。" } },
	{ TS_SYN_SENT, TS_CLOSED, { .event = "RST、ICMP 错误、超时或 close()", .action = "无",
	    .meaning = "connect() 失败：被拒绝（ECONNREFUSED）、超时（ETIMEDOUT）、不可达"
	      "（EHOSTUNREACH 等），或者程序自己先放弃了。",
	    .normal = "偶尔会有。具体看结束的原因，每种原因都有各自的解释。" } },
	{ TS_SYN_RECV, TS_ESTABLISHED, { .event = "收到对 SYN-ACK 的 ACK", .action = "无",
	    .meaning = "服务端这边握手完成：连接进入 accept 队列，等程序调用 accept()。",
	    .normal = "本机每接受一条连接一次。" } },
	{ TS_SYN_RECV, TS_FIN_WAIT_1, { .event = "close()", .action = "发 FIN",
	    .meaning = "握手的最后一个 ACK 还没到，程序就关闭了。只有 TCP Fast Open 或同时打开时，"
	      "程序手里才会有处于 SYN_RECV 的套接字。",
	    .normal = "非常少见。" } },
	{ TS_SYN_RECV, TS_CLOSE_WAIT, { .event = "握手还没结束就收到 FIN", .action = "发 ACK",
	    .meaning = "SYN 里带了数据和 FIN：使用 TCP Fast Open 时，客户端可以在一个报文里发完整个"
	      "请求并关闭。",
	    .normal = "非常少见，只有监听套接字打开了 TCP Fast Open 才会出现。" } },
	{ TS_SYN_RECV, TS_CLOSED, { .event = "RST、超时或没有空间", .action = "无，或发 RST",
	    .meaning = "服务端这边握手失败：客户端发了 RST，客户端的 ACK 一直没来，或者内核保不住这"
	      "条连接。",
	    .normal = "偶尔会有，端口扫描就是这样。因超时而来的很多，就是 SYN flood 或者回程不"
	      "通。" } },
	{ TS_ESTABLISHED, TS_FIN_WAIT_1, { .event = "close()，或 shutdown() 关闭写方向",
	    .action = "发 FIN",
	    .meaning = "本端先关闭（主动关闭），以后 TIME_WAIT 也在本端。",
	    .normal = "本端先关闭的连接，每条一次。" } },
	{ TS_ESTABLISHED, TS_CLOSE_WAIT, { .event = "收到 FIN", .action = "发 ACK",
	    .meaning = "对端先关闭（被动关闭）。程序读完前面的数据以后，会读到文件结束。",
	    .normal = "对端先关闭的连接，每条一次。" } },
	{ TS_ESTABLISHED, TS_CLOSED, { .event = "RST、超时或异常终止", .action = "无，或发 RST",
	    .meaning = "连接断了：被对端 RST、超时、还有数据没读就关闭、linger 时间为 0 的关闭，或"
	      "者从外部被销毁。",
	    .normal = "偶尔会有。有些程序为了避开 TIME_WAIT 而故意发 RST。" } },
	{ TS_FIN_WAIT_1, TS_FIN_WAIT_2, { .event = "收到对 FIN 的 ACK", .action = "无",
	    .meaning = "对端的内核知道本端已经关闭。即使对端的 FIN 就在同一个报文里，Linux 也会经过"
	      "这里。",
	    .normal = "本端先关闭的连接，每条一次。" } },
	{ TS_FIN_WAIT_1, TS_CLOSING, { .event = "收到 FIN，而本端的 FIN 还没有得到确认",
	    .action = "发 ACK",
	    .meaning = "双方同时关闭：两个 FIN 在路上交错。",
	    .normal = "少见。" } },
	{ TS_FIN_WAIT_1, TS_CLOSED, { .event = "RST、超时，或 close() 之后又来数据",
	    .action = "无，或发 RST",
	    .meaning = "没能正常关闭：对端发了 RST，发来了没人能读的数据，或者太久没有确认 FIN。",
	    .normal = "偶尔会有，比如客户端突然消失。" } },
	{ TS_FIN_WAIT_2, TS_TIME_WAIT, { .event = "收到 FIN", .action = "发 ACK",
	    .meaning = "双方都已正常关闭。原来的套接字被释放，由一个很小的 timewait 套接字再占住端"
	      "口 60 秒。",
	    .normal = "本端先关闭的连接，每条一次。" } },
	{ TS_FIN_WAIT_2, TS_CLOSED, { .event = "RST、tcp_fin_timeout 到时，或 close() 之后又来数据",
	    .action = "无，或发 RST",
	    .meaning = "对端始终没有正常关闭：本端 close() 之后它迟迟不关自己那一头，发了 RST，或者"
	      "发来了没人能读的数据。",
	    .normal = "偶尔会有。如果经常出现，原因又是 fin-timeout，就是对端的程序在 CLOSE_WAIT 里"
	      "泄漏连接。" } },
	{ TS_CLOSING, TS_TIME_WAIT, { .event = "收到对 FIN 的 ACK", .action = "无",
	    .meaning = "两个 FIN 都已得到确认。同时关闭之后，双方都有 TIME_WAIT。",
	    .normal = "少见。" } },
	{ TS_CLOSING, TS_CLOSED, { .event = "RST 或超时", .action = "无，或发 RST",
	    .meaning = "对本端 FIN 的 ACK 始终没有来。",
	    .normal = "非常少见。" } },
	{ TS_CLOSE_WAIT, TS_LAST_ACK, { .event = "close()，或 shutdown() 关闭写方向",
	    .action = "发 FIN",
	    .meaning = "对端关闭之后，本端的程序也关闭了。隔了多久，就是在 CLOSE_WAIT 里的时间。",
	    .normal = "对端先关闭的连接，每条一次。" } },
	{ TS_CLOSE_WAIT, TS_CLOSED, { .event = "RST、超时或异常终止", .action = "无，或发 RST",
	    .meaning = "连接在半关闭时断了。常见的情形是程序还有数据没读就关闭，或者继续向已经完全"
	      "关闭的对端发送。",
	    .normal = "偶尔会有。" } },
	{ TS_LAST_ACK, TS_CLOSED, { .event = "收到对 FIN 的 ACK", .action = "无",
	    .meaning = "后关闭的一方正常结束，没有 TIME_WAIT。收到 RST、超时次数太多、孤儿套接字太"
	      "多，也会走到这一步；看原因就能分清。",
	    .normal = "对端先关闭的连接，每条一次。" } },
	{ TS_TIME_WAIT, TS_CLOSED, { .event = "60 秒到时，或被新连接、RST 提前结束", .action = "无",
	    .meaning = "内核忘掉这条连接，它的端口可以再用了。",
	    .normal = "本端先关闭的连接，每条一次。" } },
};

const struct explain_change explain_zh_others[EXPLAIN_OTHERS] = {
	{ TS_FIN_WAIT_1, TS_TIME_WAIT, { .meaning = "对端的 FIN 和对本端 FIN 的 ACK 一起到达时，"
	      "RFC 9293 允许这样走。Linux 对这个报文分两步处理：先从 FIN_WAIT_1 到 FIN_WAIT_2，再"
	      "到 TIME_WAIT，所以一定会经过 FIN_WAIT_2。" } },
	{ TS_LISTEN, TS_SYN_SENT, { .meaning = "RFC 9293 里有：在监听的连接上发送数据，就转为主动打"
	      "开。Linux 和所有采用 BSD 套接字的系统一样不允许：对监听套接字 connect() 会以 "
	      "EISCONN 失败。" } },
	{ TS_SYN_RECV, TS_LISTEN, { .meaning = "RFC 9293 里，被动打开收到 RST 会回到 LISTEN。而在 "
	      "Linux 里，监听套接字从未离开过 LISTEN：半连接是另一个套接字，它进入 CLOSED。" } },
	{ TS_CLOSED, TS_SYN_RECV,
	  { .meaning = "服务端的连接由监听套接字产生，是从 LISTEN 到 SYN_RECV 开始的。" } },
	{ TS_CLOSE_WAIT, TS_TIME_WAIT,
	  { .meaning = "后关闭的一方没有 TIME_WAIT：它先到 LAST_ACK，再到 CLOSED。" } },
	{ TS_LAST_ACK, TS_TIME_WAIT, { .meaning = "TIME_WAIT 属于先关闭、要发最后一个 ACK 的那一"
	      "方。本端收到这个 ACK 就结束了。" } },
	{ TS_TIME_WAIT, TS_SYN_RECV, { .meaning = "端口相同的新 SYN，只要序列号或时间戳更新，就可以"
	      "提前结束 TIME_WAIT。Linux 会释放 timewait 套接字（TIME_WAIT 到 CLOSED），然后开始一"
	      "条新连接（LISTEN 到 SYN_RECV）。" } },
};
