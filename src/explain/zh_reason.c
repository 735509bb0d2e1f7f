// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in Chinese: why connections end, and handshake drops. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct explain_text explain_zh_reasons[TS_REASONS] = {
	[TS_REASON_NORMAL] = { .meaning = "双方正常关闭，两个方向都有 FIN 和 ACK；或者是 TIME_WAIT "
	    "到时，监听结束。",
	  .next = "不需要谁动作。",
	  .why = "双方的程序都调用了 close() 或 shutdown()。",
	  .normal = "大多数连接都应该这样结束。" },
	[TS_REASON_REFUSED] = { .meaning = "SYN 得到的回应是 RST，或者 ICMP 端口不可达：connect() 以 "
	    "ECONNREFUSED 失败。如果是 RST，rst 列为 received；如果是 ICMP，就没有这一列。",
	  .next = "RST：服务端的管理员启动服务，或让它监听那个地址和端口。ICMP：找防火墙的管理员。"
	    "也可能是客户端弄错了端口。",
	  .why = "RST：那里没有程序在监听，服务只监听了别的地址（127.0.0.1，或只有一个地址族），或者"
	    "那边的 tcp_abort_on_overflow 为 1 而 accept 队列满了。拒绝连接的防火墙会发 ICMP 端口不"
	    "可达，或者 RST；服务器的内核自己不会因为 TCP 发这种 ICMP。",
	  .normal = "服务重启时会短暂出现。" },
	[TS_REASON_RESET_BY_PEER] = { .meaning = "对端或路径上的设备发来了 RST。程序得到 "
	    "ECONNRESET；如果此前已经收到对端的 FIN，则是 EPIPE。",
	  .next = "对端的管理员：看那边的日志，弄清它为什么放弃。",
	  .why = "对端的程序崩溃了，还有数据没读就关闭，以 linger 时间 0 关闭，或者关闭以后又收到数"
	    "据；对端重启过，不认识这条连接；防火墙或负载均衡因为连接空闲而断开了它。",
	  .normal = "有些客户端会中途离开，所以总会有一些。如果很多连接都在差不多的时长上被 RST，就"
	    "是路径上有空闲超时。" },
	[TS_REASON_TIMED_OUT] = { .meaning = "发出去的 SYN、SYN-ACK 或数据无论重传多少次都没有回"
	    "应。程序得到 ETIMEDOUT；如果期间收到过 ICMP 错误，原因就是 unreachable。",
	  .next = "网络或对端的管理员。",
	  .why = "对端关机或消失，防火墙悄悄丢包，路由不通，或者大包丢失（路径 MTU）而小包能过。",
	  .normal = "数据中心内部很少见，移动客户端会有一些。" },
	[TS_REASON_UNREACHABLE] = { .meaning = "网络报告对端不可达：收到 ICMP 错误，或者 ARP、邻居"
	    "发现没有回应。正在建立的连接立刻失败；已建立的连接会继续重试，最后才得到这个错误。",
	  .next = "网络管理员：查路由、地址，以及会拒绝的防火墙。",
	  .why = "没有路由，本地网络里的主机关机，或者防火墙用 ICMP 拒绝。",
	  .normal = "少见。" },
	[TS_REASON_ABORTED_UNREAD_DATA] = { .meaning = "本端的程序 close() 时还有收到的数据没读。内"
	    "核于是发 RST 而不是 FIN，让对端知道它的数据丢了。",
	  .next = "这个程序的作者：先读到文件结束再 close()。",
	  .why = "程序遇到错误或超出限制就直接关闭，没有读完请求；这样对端连刚刚发给它的回答都可能"
	    "丢失。",
	  .normal = "提前拒绝大请求的服务上会有一些。" },
	[TS_REASON_ABORTED_LINGER] = { .meaning = "本端的程序关闭时打开了 SO_LINGER，且时间为 0："
	    "发 RST，没发完的数据丢弃，也没有 TIME_WAIT。",
	  .next = "如果是有意的，不需要谁动作。",
	  .why = "健康检查和压测工具用它避开 TIME_WAIT；有些库在出错时也这样做。",
	  .normal = "用这类程序时正常，否则不正常。" },
	[TS_REASON_ABORTED] = { .meaning = "本端以其他方式放弃：connect() 还没有结果就不要了，套接"
	    "字被断开（connect() 到 AF_UNSPEC），TCP_LINGER2 小于 0，或者出了没有单独归类的错误。在 "
	    "TCP_REPAIR 模式下关闭也算：什么都不发，对端仍保留连接。",
	  .next = "不需要谁动作，或者由这个程序的作者处理。",
	  .why = "程序有自己的超时，关闭了还在连接的套接字；或者 CRIU 正把容器迁走（TCP_REPAIR）。",
	  .normal = "同时尝试多个地址的客户端会有一些。" },
	[TS_REASON_DESTROYED] = { .meaning = "有人从外部销毁了套接字，比如 ss -K。它的程序得到 "
	    "ECONNABORTED，对端收到 RST。",
	  .next = "不需要谁动作；是谁做的，看 by_pid 和 by_comm。",
	  .why = "管理员的决定，或者某个工具在地址、后端撤走时断开连接。",
	  .normal = "只在这种时候出现。" },
	[TS_REASON_LISTENER_CLOSED] = { .meaning = "这条连接还没有被 accept()，监听套接字就关闭了；"
	    "客户端收到 RST。",
	  .next = "部署服务的人：重启时移交监听套接字，或者对 SO_REUSEPORT 组打开 "
	    "tcp_migrate_req。",
	  .why = "服务重启时，还有连接在 accept 队列里等着。",
	  .normal = "重启时会有几个。" },
	[TS_REASON_DROPPED] = { .meaning = "内核完成了握手，却保不住这条新连接。",
	  .next = "不需要谁动作，或者由管理机器的人加内存。",
	  .why = "内存不足，或者监听套接字恰好在那一刻关闭。",
	  .normal = "少见。" },
	[TS_REASON_KEEPALIVE_TIMEOUT] = { .meaning = "连接空闲，所有 keepalive 探测都没有回应。程序"
	    "得到 ETIMEDOUT。",
	  .next = "不需要谁动作：keepalive 就是干这个的。",
	  .why = "对端断电或断网，或者 NAT、防火墙忘了这条连接。",
	  .normal = "移动客户端会这样。如果很多连接都在同样的时长上这样结束，就是路径上有设备会忘掉"
	    "空闲连接：探测要比它忘得更勤。" },
	[TS_REASON_USER_TIMEOUT] = { .meaning = "SYN、数据或探测得不到回应的时间，超过了程序用 "
	    "TCP_USER_TIMEOUT 设的限度。程序得到 ETIMEDOUT。",
	  .next = "网络或对端的管理员。",
	  .why = "与 timed-out 相同，只是用程序自己的限度代替了 tcp_retries2 或 tcp_syn_retries。",
	  .normal = "和 timed-out 一样少见；限度设得短就会多一些。" },
	[TS_REASON_PROBE_TIMEOUT] = { .meaning = "对端没有空间收数据（窗口为 0），后来连窗口探测也"
	    "不回应了。",
	  .next = "对端的管理员。",
	  .why = "对端的程序不再读数据，随后机器或网络也不在了。对端不读但仍回应探测时，内核会无限"
	    "期地等。",
	  .normal = "少见。" },
	[TS_REASON_FIN_TIMEOUT] = { .meaning = "本端已经关闭，对端确认了，却没有在 tcp_fin_timeout "
	    "之内关闭自己那一头。内核忘掉了这条连接。",
	  .next = "对端的程序：它必须关闭。它可能在 CLOSE_WAIT 里泄漏套接字。",
	  .why = "客户端把连接放在池里，没有发现对端已经关闭；或者客户端消失了。",
	  .normal = "主动关闭空闲连接的服务上会有一些。" },
	[TS_REASON_ORPHAN_LIMIT] = { .meaning = "程序已经关闭，内核替它收尾时放弃了：FIN 或它前面的"
	    "数据没有及时得到确认，这样的套接字超过了 tcp_max_orphans，或者内存不足。",
	  .next = "零星几个不用管；很多时先看客户端，再看限度。",
	  .why = "对端在接收最后一批数据时消失，或者不读这些数据。",
	  .normal = "客户端很多的服务上会有一些。碰到的是哪个限度，看计数器 TCPAbortOnMemory 和 "
	    "TCPAbortOnTimeout。" },
	[TS_REASON_ABORTED_LATE_DATA] = { .meaning = "本端的程序关闭或 shutdown 以后又来了数据：没有人能读，内"
	    "核于是发了 RST。",
	  .next = "双方程序的作者：约定好谁先关闭、什么时候关闭。",
	  .why = "对端还在发送，本端就关闭了（空闲超时，或者提前给出了回答）。",
	  .normal = "使用 keep-alive 长连接时会有一些：一方正要再用，另一方恰好关闭。" },
	[TS_REASON_TIME_WAIT_OVERFLOW] = { .meaning = "双方正常关闭，但 TIME_WAIT 没有地方放，套接"
	    "字直接进入 CLOSED。没有丢任何数据。",
	  .next = "不需要谁动作，最多由管理员调整 tcp_max_tw_buckets。",
	  .why = "达到了 tcp_max_tw_buckets，或者内存不足。",
	  .normal = "一般不会出现；多半无害，只是旧连接迟到的报文碰不到 TIME_WAIT 了。" },
	[TS_REASON_REUSED] = { .meaning = "TIME_WAIT 给使用相同端口的新连接让了位：在客户端是由于 "
	    "tcp_tw_reuse，在监听的一方是由于来了更新的 SYN。",
	  .next = "不需要谁动作。",
	  .why = "客户端向同一地址同一端口建立连接的速度，比 TIME_WAIT 结束的速度快。",
	  .normal = "无害，但说明本地端口紧张。" },
	[TS_REASON_NO_LOCAL_PORT] = { .meaning = "connect() 找不到可用的本地端口：立刻以 "
	    "EADDRNOTAVAIL 失败，SYN 没有发出。端口范围内连向这个对端的端口都用完了；或者程序绑定"
	    "的端口已经有一条到这个对端的连接。",
	  .next = "程序的作者：复用连接，关闭不用的连接。或者管理员：放宽 ip_local_port_range，或增加"
	    "地址。list --raddr 对端 列出占用端口的连接。",
	  .why = "客户端向同一地址同一端口建立连接的速度比连接结束的速度快，而 TIME_WAIT 会把每个端口"
	    "再占用一分钟；或者连接泄漏了。",
	  .normal = "不正常。端口空出来之前，请求都会失败。" },
};

const struct explain_text explain_zh_drops[TS_DROP_WHYS] = {
	[TS_DROP_ACCEPT_QUEUE] = { .meaning = "监听套接字的 accept 队列（全连接队列）满了：一个 "
	    "SYN，或者握手的最后一个 ACK，被丢弃。这个队列能放的连接比 backlog 多一个。",
	  .next = "服务端的程序：更快地调用 accept()，或者给 listen() 更大的 backlog，上限是 "
	    "somaxconn。",
	  .why = "程序太忙、卡住或停住了，或者客户端突然一拥而上。",
	  .normal = "不应该出现；每次都让一个客户端白等，多半在 1 秒以上。" },
	[TS_DROP_SYN_QUEUE] = { .meaning = "监听套接字的 SYN 队列（半连接队列）满了，SYN cookie 又"
	    "没有打开：一个 SYN 被丢弃。",
	  .next = "管理员：打开 tcp_syncookies，或者允许更大的 backlog。",
	  .why = "SYN flood 攻击，或者突然来了一批很远的客户端。",
	  .normal = "不应该出现。" },
	[TS_DROP_COOKIE] = { .meaning = "监听套接字的 SYN 队列（半连接队列）满了：内核用 SYN "
	    "cookie 回应 SYN，在带着 cookie 的最后一个 ACK 回来之前，什么都不保存。",
	  .next = "不必马上有人处理；看看这些 SYN 是从哪里来的。",
	  .why = "SYN flood 攻击，或者相对客户端来说 backlog 太小。tcp_syncookies 为 2 时，每个 "
	    "SYN 都这样回应。",
	  .normal = "平时不应该出现。这样的连接可以正常使用，只是客户端没有时间戳时会丢掉一些 TCP "
	    "选项。" },
	[TS_DROP_SYNACK_RETRANS] = { .meaning = "SYN-ACK 没有得到回应，重传了。",
	  .next = "客户端发来 ACK。",
	  .why = "SYN-ACK 或 ACK 丢了，SYN 是伪造的，或者 accept 队列满了而没有收下 ACK。",
	  .normal = "客户端的网络常丢包时会有一些。很多就是 SYN flood 或者回程不通。" },
};
