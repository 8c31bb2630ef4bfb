/* floor: the least a fan-out can cost. One upstream read, one ring, one epoll thread that writes it to every reader, and nothing else:
 * no joins at key frames, no recovery, no framing, no accounting. What the program costs is quoted as a multiple of this.
 *
 *   floor [-s] PORT UPSTREAM_PORT UPSTREAM_PATH PIECE
 *
 * PIECE is the number of bytes that are gathered before they are sent to everybody. With -s the ring is a memfd and is sent with sendfile
 * (a reader that is far behind may then be sent bytes that were overwritten: a floor, not a program). Listens on 127.0.0.1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING_SIZE = 64 << 20, MAX_READERS = 65536, BATCH = 512 };
enum { LISTENER = MAX_READERS, UPSTREAM };

struct reader {
    int fd;
    int is_playing; /* its request has been answered */
    uint64_t sent;  /* stream position */
};

static struct reader readers[MAX_READERS];
static int reader_count;
static unsigned char *ring;
static int ring_fd = -1;
static uint64_t head, published; /* stream positions */

/* Where the upstream's body is in HTTP's chunked coding. */
enum { RAW, SIZE_LINE, DATA, DATA_END } upstream_state = RAW;
static uint64_t chunk_left;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    return address;
}

static void drop(struct reader *reader)
{
    close(reader->fd);
    reader->fd = -1;
}

static void push(struct reader *reader)
{
    if (reader->fd < 0 || !reader->is_playing)
        return;
    while (reader->sent < published) {
        size_t at = reader->sent % RING_SIZE;
        size_t length = published - reader->sent;
        if (length > RING_SIZE - at)
            length = RING_SIZE - at;
        off_t offset = at;
        ssize_t n = ring_fd >= 0 ? sendfile(reader->fd, ring_fd, &offset, length)
                                 : send(reader->fd, ring + at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            if (errno != EAGAIN)
                drop(reader);
            return;
        }
        reader->sent += n;
    }
}

static void answer(struct reader *reader)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n";
    char request[8192];
    ssize_t n = recv(reader->fd, request, sizeof request, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        drop(reader);
    } else if (n > 0 && !reader->is_playing) {
        if (send(reader->fd, reply, sizeof reply - 1, MSG_NOSIGNAL) < 0) {
            drop(reader);
            return;
        }
        reader->is_playing = 1;
        reader->sent = published;
    }
}

static int connect_upstream(int port, const char *path)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    if (connect(fd, (void *)&address, sizeof address))
        die("upstream");
    char request[2048];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    if (write(fd, request, length) != length)
        die("upstream");
    char header[4096] = "";
    for (size_t n = 0; n < 4 || memcmp(header + n - 4, "\r\n\r\n", 4); n++)
        if (n == sizeof header - 1 || read(fd, header + n, 1) != 1)
            die("upstream's header");
    if (strcasestr(header, "transfer-encoding: chunked"))
        upstream_state = SIZE_LINE;
    return fd;
}

static void append(const unsigned char *bytes, size_t length)
{
    size_t at = head % RING_SIZE;
    size_t first = length < RING_SIZE - at ? length : RING_SIZE - at;
    memcpy(ring + at, bytes, first);
    memcpy(ring, bytes + first, length - first);
    head += length;
}

/* Takes the chunked coding off: an engine's chunks end anywhere, and readers get a transport stream. */
static void decode(const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        if (upstream_state == RAW) {
            append(bytes, length);
            return;
        } else if (upstream_state == SIZE_LINE) {
            unsigned char c = bytes[at++];
            if (c == '\n')
                upstream_state = DATA;
            else if (c != '\r')
                chunk_left = chunk_left * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        } else if (upstream_state == DATA) {
            size_t take = length - at < chunk_left ? length - at : chunk_left;
            append(bytes + at, take);
            at += take;
            chunk_left -= take;
            if (!chunk_left)
                upstream_state = DATA_END;
        } else if (bytes[at++] == '\n') {
            upstream_state = SIZE_LINE;
        }
    }
}

static void watch(int epoll, int fd, uint32_t events, uint32_t id)
{
    struct epoll_event event = { .events = events, .data.u32 = id };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        die("epoll");
}

int main(int argc, char **argv)
{
    int use_sendfile = argc > 1 && !strcmp(argv[1], "-s");
    argv += use_sendfile;
    if (argc - use_sendfile != 5) {
        fprintf(stderr, "usage: floor [-s] PORT UPSTREAM_PORT UPSTREAM_PATH PIECE\n");
        return 2;
    }
    uint64_t piece = strtoull(argv[4], 0, 10);
    struct rlimit files = { MAX_READERS, MAX_READERS };
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    if (use_sendfile) {
        ring_fd = memfd_create("ring", 0);
        if (ring_fd < 0 || ftruncate(ring_fd, RING_SIZE))
            die("memfd");
    }
    ring = mmap(0, RING_SIZE, PROT_READ | PROT_WRITE, use_sendfile ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, ring_fd, 0);
    if (ring == MAP_FAILED)
        die("mmap");

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = loopback(atoi(argv[1]));
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096))
        die("listen");
    int upstream = connect_upstream(atoi(argv[2]), argv[3]);
    int epoll = epoll_create1(0);
    watch(epoll, listener, EPOLLIN, LISTENER);
    watch(epoll, upstream, EPOLLIN, UPSTREAM);

    for (;;) {
        struct epoll_event events[BATCH];
        int n = epoll_wait(epoll, events, BATCH, -1);
        for (int i = 0; i < n; i++) {
            uint32_t id = events[i].data.u32;
            if (id == LISTENER) {
                int fd;
                while (reader_count < MAX_READERS && (fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* as Kestrel does */
                    readers[reader_count] = (struct reader){ .fd = fd };
                    watch(epoll, fd, EPOLLIN | EPOLLOUT | EPOLLET, reader_count++);
                }
            } else if (id == UPSTREAM) {
                static unsigned char buffer[65536];
                ssize_t got = read(upstream, buffer, sizeof buffer);
                if (got <= 0)
                    return 0;
                decode(buffer, got);
                if (head - published >= piece) {
                    published = head;
                    for (int r = 0; r < reader_count; r++)
                        push(readers + r);
                }
            } else if (readers[id].fd >= 0) {
                if (events[i].events & EPOLLIN)
                    answer(readers + id);
                if (events[i].events & EPOLLOUT)
                    push(readers + id);
            }
        }
    }
}
