// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in Chinese: states, commands and headings. The facts are those of en.c. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

static const struct explain_text states[TS_STATES] = {
	[TS_LISTEN] = { .meaning = "服务端正在这个端口上等待连接。监听套接字本身不是连接：每收下一"
	    "个 SYN，内核就另建一个套接字，监听套接字自己始终停在 LISTEN。Windows 的 netstat 把它写"
	    "作 LISTENING。",
	  .next = "客户端发来 SYN；然后由持有监听套接字的程序调用 accept()。",
	  .why = "本来就该如此：没有任何定时器会结束它，只有 close()、shutdown()，或者最后一个持有"
	    "它的进程退出，它才会消失。",
	  .normal = "每个对外服务的地址和端口各一个；用了 SO_REUSEPORT 则可以有多个。accept 队列"
	    "（全连接队列）满了就不正常：说明程序调用 accept() 太慢，或者 backlog 太小，内核会丢弃"
	    "新来的 SYN 和握手的最后一个 ACK。" },
	[TS_SYN_SENT] = { .meaning = "程序调用了 connect()：SYN 已经发出，还没有收到有效的回应。"
	    "SYN_SEND、SYNC_SEND 是同一状态的不同写法。",
	  .next = "对端：回 SYN-ACK 则连接建立，回 RST 则被拒绝（ECONNREFUSED）。一直没有回应，内核"
	    "就重传 SYN。",
	  .why = "什么都没有回来：防火墙悄悄丢包、那个地址上没有主机、去程或回程的路由不通，或者服"
	    "务端的 accept 队列满了。主机可达而端口未开时不会停在这里，因为对端会立刻回 RST。",
	  .normal = "只有一个往返时间，所以很少能看到。SYN 只要重传一次，建立连接就要多花至少 1 "
	    "秒。" },
	[TS_SYN_RECV] = { .meaning = "收到了 SYN，也回了 SYN-ACK，只差完成握手的那个 ACK，也就是半"
	    "连接。RFC 9293 称为 SYN-RECEIVED；SYN_RCVD、SYNC_RECEIVED 以及内核里的 NEW_SYN_RECV 指"
	    "的都是它。Linux 只替监听套接字保存一个很小的 request 套接字，所以没有进程持有它。两端"
	    "同时打开时，发起连接的套接字也会经过这个状态。",
	  .next = "客户端发来 ACK。在此之前，内核会重传 SYN-ACK。",
	  .why = "SYN-ACK 或 ACK 丢了（防火墙、来回路径不一致），SYN 的源地址是伪造的（SYN flood 攻"
	    "击）。还有两种情况 ACK 已经到了，却被内核丢弃：accept 队列已满，或者监听套接字设了 "
	    "TCP_DEFER_ACCEPT，而客户端还没有发数据。用 `list -o +ack_came,defer_accept` 可以区分。",
	  .normal = "只有一个往返时间，所以很少能看到。如果同时出现很多，来源地址又很分散，就是 "
	    "SYN flood 或者回程不通。" },
	[TS_ESTABLISHED] = { .meaning = "握手已经完成，双向都可以传数据。但这并不说明对端还活着，也"
	    "不说明服务端程序已经 accept() 了它：在那之前，服务端这一头不属于任何进程。",
	  .next = "任何一方的程序：发数据，或者关闭连接。",
	  .why = "TCP 对空闲时间没有限制。对端要是不声不响地消失了（断电、断网、NAT 表项过期），只"
	    "有发出去的数据一直得不到确认，或者程序打开了 keepalive（SO_KEEPALIVE），才会被发现。"
	    "`stuck --rule 'ESTABLISHED:idle>1h'` 找出这么久没有收发数据的连接，并说明内核所知的对端"
	    "情况。",
	  .normal = "有多少连接在用就有多少个，用多久就存在多久。只增不减，说明有连接没人关闭。" },
	[TS_FIN_WAIT_1] = { .meaning = "本端先关闭（close() 或 shutdown()），FIN 还没有得到确认；没"
	    "发完的数据排在 FIN 前面。FIN 一得到确认，就一定进入 FIN_WAIT_2：对端的 FIN 和这个 ACK "
	    "一起到达时，RFC 9293 允许直接进入 TIME_WAIT，但 Linux 即使在这种情况下也会先经过 "
	    "FIN_WAIT_2，只不过两步在处理同一个报文时完成。",
	  .next = "对端的内核：确认这个 FIN；不需要对端的程序做什么。",
	  .why = "对端或网络已经不在了，FIN 一再重传；或者对端不读数据，窗口关着，排在 FIN 前面的数"
	    "据发不出去。",
	  .normal = "只有一个往返时间，所以很少能看到。数量很多，说明有客户端突然消失，或者不读发给"
	    "它的数据。" },
	[TS_FIN_WAIT_2] = { .meaning = "本端已经关闭了自己的方向，对端也确认了。连接处于半关闭：对"
	    "端还可以继续发，只调用了 shutdown() 的程序也还可以继续读。",
	  .next = "对端的程序：它必须关闭连接。在那之前，它那一头停在 CLOSE_WAIT。",
	  .why = "对端的程序不关闭，或者还有数据要发。本端如果已经 close()，内核只等 "
	    "tcp_fin_timeout 这么久，然后就忘掉这条连接；如果进程只调用了 shutdown() 而一直拿着套接"
	    "字，就会无限期地等下去。",
	  .normal = "对端发完最后的数据要多久就是多久，一般是几毫秒。close() 之后，Linux 多半只留下"
	    "一个很小的 timewait 套接字，不属于任何进程；ss 和 /proc/net/tcp 仍然把它显示为 "
	    "FIN_WAIT_2。" },
	[TS_CLOSE_WAIT] = { .meaning = "对端已经关闭：它的 FIN 到了，内核也确认了，但本端的程序还没"
	    "有关闭自己这一头。",
	  .next = "本端的程序：把剩下的数据读完（之后 read() 返回 0），把还要发的发出去，然后 "
	    "close()。",
	  .why = "程序没有关闭：描述符弄丢了（泄漏），还没读到文件结束就卡住了，或者一直在忙别的，子进程继承了这个描"
	    "述符，或者连接还在等 accept()。内核没有结束这个状态的定时器；程序打开了 keepalive 的"
	    "话，也只有对端已经不在时才会结束它。",
	  .normal = "几毫秒；对端只是半关闭、还在等回答时，则看回答要多久。只增不减，就是持有它们的"
	    "进程有泄漏。" },
	[TS_CLOSING] = { .meaning = "双方同时关闭：本端的 FIN 还没有得到确认，对端的 FIN 就先到"
	    "了。",
	  .next = "对端的内核：确认本端的 FIN；之后进入 TIME_WAIT。",
	  .why = "ACK 丢了，或者对端已经不在了；内核会重传 FIN。",
	  .normal = "少见，只有一个往返时间。" },
	[TS_LAST_ACK] = { .meaning = "对端先关闭，本端随后也关闭了，本端的 FIN 还没有得到确认。之后"
	    "不会有 TIME_WAIT：TIME_WAIT 在先关闭的那一方。",
	  .next = "对端的内核：确认本端的 FIN。",
	  .why = "FIN 或它的 ACK 丢了，对端已经不在了，或者排在 FIN 前面的数据在等一个不读数据的对"
	    "端；内核会重传。",
	  .normal = "只有一个往返时间，所以很少能看到。" },
	[TS_TIME_WAIT] = { .meaning = "双方都已正常关闭，而且是本端先关闭（或双方同时关闭）。内核把"
	    "这条连接再记一段时间：一是最后的 ACK 万一丢了，可以对重传的 FIN 再确认一次；二是不让迟"
	    "到的报文混进使用相同端口的新连接。它是一个很小的 timewait 套接字，不属于任何进程。",
	  .next = "不需要谁动作：由内核的定时器结束。",
	  .why = "Linux 保留 60 秒。这是编译内核时就定死的（TCP_TIMEWAIT_LEN），没有对应的 sysctl："
	    "tcp_fin_timeout 管的是 FIN_WAIT_2，改它不会改变 TIME_WAIT 的长短。RFC 9293 要求 2MSL，"
	    "一共 4 分钟。这条连接迟到的报文可能让 60 秒重新开始计。",
	  .normal = "大约是本端每秒先关闭的连接数乘以 60。它们占用的内存很少，也不占服务端的端口。"
	    "客户端可能因此用光连往同一地址同一端口的本地端口：复用连接、让对端先关闭，或者打开 "
	    "tcp_tw_reuse。" },
	[TS_CLOSED] = { .meaning = "没有连接：还没有 connect() 或 listen() 的套接字，或者连接已经结"
	    "束的套接字。RFC 9293 说这是个虚构的状态，因为没有什么要保存的。内核里的名字是 CLOSE。",
	  .next = "程序：connect() 或 listen() 重新开始，close() 释放套接字。",
	  .why = "连接结束以后，程序还可能长时间拿着套接字；读它会先得到剩下的数据，再得到一次错"
	    "误，然后是 0。程序如果一直不关闭这样的套接字，或者建了套接字却不用，描述符就会耗尽"
	    "（EMFILE），而别的状态看不出任何迹象。`list -s closed` 列出它们，`stuck --rule "
	    "'CLOSED>60s'` 按程序归类。",
	  .normal = "每条连接最后都到这里。是不是好好结束的，要看结束的原因。" },
};

static const char *const shows[SHOWS] = {
	[SHOW_LIST] = "有哪些套接字，由谁持有",
	[SHOW_LISTENERS] = "监听套接字和它们的队列",
	[SHOW_STUCK] = "哪些停留得太久，属于谁，为什么，怎么办",
	[SHOW_CHANGES] = "实时显示进入和离开这个状态的套接字",
	[SHOW_NEW_ONLY] = "实时显示进入这个状态的套接字",
	[SHOW_OLD_ONLY] = "离开这个状态的套接字，以及停留了多久",
	[SHOW_THIS_CHANGE] = "实时显示这一种状态变化",
	[SHOW_HANDSHAKES] = "握手花多久，出了什么问题",
	[SHOW_BAD_HANDSHAKES] = "失败的握手和原因",
	[SHOW_FAILED] = "没有正常结束的连接和原因",
	[SHOW_TOTALS] = "结束的连接，以及收发了多少数据",
	[SHOW_COUNT] = "数量在涨吗？每 5 秒一行",
	[SHOW_STATS] = "内核的计数器",
	[SHOW_RESETS] = "谁发的 RST，为什么发",
	[SHOW_ALL] = "实时显示所有状态变化",
};

static const struct explain_words words = {
	.event = "触发", .action = "动作", .meaning = "含义", .next = "接下来该谁动作",
	.why_stays = "为什么会停在这里", .why_happens = "为什么会发生", .normal = "怎样算正常",
	.now = "本机现状", .commands = "可以看什么", .sysctls = "相关的 sysctl 和本机上的值",
	.undrawn = "图上没有画出的：触发 / 动作",
	.kind = { [EXPLAIN_STATE] = "TCP 状态", [EXPLAIN_CHANGE] = "状态变化",
	  [EXPLAIN_REASON] = "连接结束的原因", [EXPLAIN_DROP] = "握手遇到的问题" },
	.title = "{}（{}）",
	.no_change = "不存在的状态变化",
	.comma = "、",
	.illegal = "Linux 的 TCP 没有从 {} 到 {} 的状态变化。",
	.same = "从 {} 到它自己不算状态变化。",
	.leads_to = "从 {} 可以到：{}。",
	.comes_from = "可以到 {} 的有：{}。",
	.errno_line = "套接字的错误是 {}（{}）时，原因是：{}。",
	.sockets = "{} 个处于 {}",
	.uncounted = "未统计：内核没有已关闭套接字的列表",
	.owner = "{} 个由 PID {}（{}）持有",
	.more_owners = "另有 {} 个进程持有 {} 个",
	.no_file = "{} 个不属于任何进程",
	.no_file_yet = "{} 个不属于任何进程：还没有被 accept()，或者已经被原来的进程关闭",
	.unknown = "{} 个看不到由谁持有：可能是内核、另一个 PID 命名空间里的进程，或者无权查看其打"
	  "开文件的进程",
	.shared = "由多个进程共同持有的套接字，在每个进程名下各算一次",
	.scope = "已统计的网络命名空间：{} 个，即能找到的全部",
	.scope_part = "已统计的网络命名空间：{} 个；另有 {} 个进不去",
	.scope_blind = "已统计的网络命名空间：{} 个；有些进程无权查看，可能还有别的命名空间",
	.as_root = "用 root 能看到更多",
	.no_census = "未统计：{}",
	.absent = "没有：这个内核或这个网络命名空间里没有它",
	.unreadable = "读不到：{}",
	.colon = "：", .hour = " 小时", .minute = " 分钟", .second = " 秒",
	.diagram_note = "数字是现在处于该状态的套接字个数，“-”表示未统计。",
};

const struct explain_book explain_zh = {
	.lang = "zh", .states = states, .reasons = explain_zh_reasons, .drops = explain_zh_drops,
	.changes = explain_zh_changes, .change_count = EXPLAIN_CHANGES, .others = explain_zh_others,
	.other_count = EXPLAIN_OTHERS, .sysctls = explain_zh_sysctls, .shows = shows,
	.words = &words,
};
