// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in Chinese: sysctls. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct sysctl_text explain_zh_sysctls[SYSCTLS] = {
	[SYSCTL_FIN_TIMEOUT] = {
	  "已关闭的套接字在 FIN_WAIT_2 里等对端关闭的时间；与 TIME_WAIT 的长短无关",
	  "约 {}，除非程序设了 TCP_LINGER2", { 0 } },
	[SYSCTL_MAX_TW_BUCKETS] = {
	  "timewait 套接字（TIME_WAIT 和已关闭的 FIN_WAIT_2）最多有多少个；超出的直接进入 CLOSED",
	  NULL, { 0 } },
	[SYSCTL_TW_REUSE] = { "双方都用时间戳时，connect() 能否接手处于 TIME_WAIT 的端口对", NULL,
	  { "不能", "能", "只限回环接口" } },
	[SYSCTL_TW_REUSE_DELAY] = { "TIME_WAIT 至少过多久才能被这样接手", "{}", { 0 } },
	[SYSCTL_RFC1337] = { "TIME_WAIT 收到对端的 RST 会不会提前结束", NULL,
	  { "会", "不会，丢弃 RST", NULL } },
	[SYSCTL_KEEPALIVE_TIME] = { "设了 SO_KEEPALIVE 的套接字空闲多久以后发第一个 keepalive 探测",
	  "{}", { 0 } },
	[SYSCTL_KEEPALIVE_INTVL] = { "两次 keepalive 探测的间隔", "{}", { 0 } },
	[SYSCTL_KEEPALIVE_PROBES] = { "多少次探测没有回应就结束连接",
	  "对端消失后，空闲约 {} 才会发现", { 0 } },
	[SYSCTL_RETRIES1] = { "重传多少次以后内核开始怀疑路由；它不会结束连接", NULL, { 0 } },
	[SYSCTL_RETRIES2] = { "数据重传多久以后放弃连接（ETIMEDOUT）",
	  "至少约 {}；往返时间长则更久", { 0 } },
	[SYSCTL_SYN_RETRIES] = { "SYN 重传多少次，不含 tcp_syn_linear_timeouts 的那些",
	  "connect() 约 {}后以 ETIMEDOUT 失败", { 0 } },
	[SYSCTL_SYN_LINEAR_TIMEOUTS] = { "超时时间开始翻倍之前，按最初的超时多重传几次 SYN", NULL,
	  { 0 } },
	[SYSCTL_SYNACK_RETRIES] = { "SYN-ACK 重传多少次；SYN 队列快满时会减少",
	  "半连接约 {}后被丢弃", { 0 } },
	[SYSCTL_MAX_SYN_BACKLOG] = {
	  "tcp_syncookies 为 0 时：一个监听套接字的半连接数超过它的四分之三后，只收已知的对端",
	  NULL, { 0 } },
	[SYSCTL_SYNCOOKIES] = { "SYN 队列满了以后怎样处理 SYN", NULL,
	  { "丢弃", "用 SYN cookie 回应，不保存任何东西",
	    "不管满不满，一律用 SYN cookie（供测试）" } },
	[SYSCTL_SOMAXCONN] = { "listen() 的 backlog 的上限；它同时限制 accept 队列和 SYN 队列",
	  NULL, { 0 } },
	[SYSCTL_ORPHAN_RETRIES] = { "close() 之后，FIN 和它前面的数据重传多久；0 当作 8",
	  "至少约 {}后放弃", { 0 } },
	[SYSCTL_MAX_ORPHANS] = {
	  "整台机器最多保留多少个已关闭但还没收尾的套接字；超出的会被放弃，多半还会发 RST", NULL,
	  { 0 } },
	[SYSCTL_ABORT_ON_OVERFLOW] = { "accept 队列满了以后，怎样处理握手的最后一个 ACK", NULL,
	  { "忽略，等客户端的下一个报文来时也许有空位", "给客户端回 RST", NULL } },
	[SYSCTL_LOCAL_PORT_RANGE] = { "connect() 从哪些端口里选",
	  "每个本地地址到每个对端地址和端口有 {} 个端口可用", { 0 } },
	[SYSCTL_MIGRATE_REQ] = { "监听套接字关闭时，它的连接是否转给同一 SO_REUSEPORT 组里的另一个",
	  NULL, { "否，这些连接会被结束", "是", NULL } },
	[SYSCTL_FASTOPEN] = { "TCP Fast Open，按位相加：1 客户端，2 服务端", NULL, { 0 } },
	[SYSCTL_RTO_MAX] = { "两次重传之间的最长时间", "{}", { 0 } },
};
