/* load: many readers of HTTP streams from one thread, and what each of them saw.
 *
 *   load [-n READERS] [-t SECONDS] [-r RAMP] [-w FROM] [-p PID]... [-v EVERY] [-s SLOW] TARGET...
 *
 * A TARGET is PORT/PATH on 127.0.0.1. Readers are dealt over the targets in turn and opened over RAMP seconds. Without -v bytes are only
 * counted, with MSG_TRUNC, the cheapest way to read there is. Of every EVERY-th reader the body is taken apart: chunked framing is decoded
 * and every packet of PID 0x101 has to end in a stamp of 16 bytes, each XOR 0xA5: a sequence number and the CLOCK_REALTIME nanoseconds at
 * which it was on the air, both big endian, 64 bits. The first SLOW readers take 4 KiB a second. From second FROM to the end, the steady
 * state, the bytes received, the CPU time of the processes PID, and the lateness are measured; a reader's lateness once it has read for
 * 3 s, so that the backlog of its join does not count. Prints one JSON object. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET = 188, STAMPED_PID = 0x101, STAMP_MASK = 0xA5, MAX_PIDS = 256, BUFFER = 1 << 20 };

/* Packets that have to follow one another before a reader counts as aligned, and the most bytes a search may pass over. Up to five packets of
 * a join's preamble may have no stamp; CONFIRMED leaves room for two that have. A healthy stream is found within one packet. */
enum { CONFIRMED = 8, MOST_SKIPPED = 16 * PACKET };
enum chunk_state { SIZE_LINE, DATA, DATA_END, DONE };

struct reader {
    int fd, is_slow, is_checked, is_closed, status, is_chunked, has_head;
    uint64_t opened, first, last, longest_gap; /* ns */
    uint64_t bytes;                            /* of body, framing included without -v */
    enum chunk_state chunk;
    uint64_t chunk_left;
    unsigned char held[CONFIRMED * PACKET]; /* one packet once aligned, until then what the search looks at */
    int filled, is_aligned;
    uint64_t searched;                         /* bytes passed over by the search that is going on */
    uint64_t skipped;                          /* by the first */
    uint64_t packets, sequence, lost, repeated, bad, searches;
    char head[4096];
    int head_length;
};

struct sample {
    double *values;
    size_t count, room;
};

static struct reader *readers;
static int reader_count = 10;
static struct sample lateness;
static uint64_t total;
static int in_window;
static int pids[MAX_PIDS], pid_count;

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void add(struct sample *sample, double value)
{
    if (sample->count == sample->room) {
        sample->room = sample->room ? sample->room * 2 : 1 << 16;
        sample->values = realloc(sample->values, sample->room * sizeof(double));
    }
    sample->values[sample->count++] = value;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Sorts, and gives the value below which the share lies; -1 for none. */
static double percentile(struct sample *sample, double share)
{
    if (!sample->count)
        return -1;
    qsort(sample->values, sample->count, sizeof(double), ascending);
    size_t at = sample->count * share;
    return sample->values[at < sample->count ? at : sample->count - 1];
}

/* CPU seconds of a process so far, user and kernel. By its clock: /proc counts in hundredths, and a hundred processes of little load each
 * would all be rounded the same way. */
static double cpu_of(int pid)
{
    clockid_t id;
    return clock_getcpuclockid(pid, &id) ? 0 : clock_ns(id) / 1e9;
}

static double cpu_of_all(void)
{
    double sum = 0;
    for (int i = 0; i < pid_count; i++)
        sum += cpu_of(pids[i]);
    return sum;
}

static uint64_t big_endian(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | (bytes[i] ^ STAMP_MASK);
    return value;
}

static int pid_of(const unsigned char *packet)
{
    return (packet[1] & 31) << 8 | packet[2];
}

static int is_stamped(const unsigned char *packet)
{
    return pid_of(packet) == STAMPED_PID && packet[3] & 0x10;
}

static void check(struct reader *reader, const unsigned char *packet)
{
    if (!is_stamped(packet))
        return;
    uint64_t sequence = big_endian(packet + PACKET - 16), on_air = big_endian(packet + PACKET - 8);
    if (reader->packets++) {
        if (sequence > reader->sequence + 100000000) {
            reader->bad++;
            return;
        }
        if (sequence > reader->sequence + 1)
            reader->lost += sequence - reader->sequence - 1;
        else if (sequence <= reader->sequence)
            reader->repeated++;
    }
    reader->sequence = sequence;
    if (in_window && reader->packets % 64 == 0 && clock_ns(CLOCK_MONOTONIC) - reader->opened - reader->first > 3000000000ull) {
        uint64_t now = clock_ns(CLOCK_REALTIME);
        add(&lateness, now > on_air ? (now - on_air) / 1e6 : 0);
    }
}

/* CONFIRMED packets in a row, each with a sync byte and one of the broadcast's PIDs (PAT, PMT, stamped), whose stamps count on. Sync bytes
 * alone prove nothing here: a high byte of a stamp's clock may stand at 0x47 for minutes, in the same place of every packet. */
static int is_confirmed(const unsigned char *bytes)
{
    int stamps = 0;
    uint64_t last = 0;
    for (const unsigned char *packet = bytes; packet < bytes + CONFIRMED * PACKET; packet += PACKET) {
        int pid = pid_of(packet);
        if (packet[0] != 0x47 || (pid != 0 && pid != 0x100 && pid != STAMPED_PID))
            return 0;
        if (!is_stamped(packet))
            continue;
        uint64_t sequence = big_endian(packet + PACKET - 16);
        if (stamps++ && sequence != last + 1)
            return 0;
        last = sequence;
    }
    return stamps >= 2;
}

/* The floor lets readers begin anywhere in a packet, and whoever loses his place has to find it again: a search that passes over more than
 * MOST_SKIPPED bytes is counted as bad, and so is every one but the first. */
static void search(struct reader *reader)
{
    int skip = 0;
    if (is_confirmed(reader->held)) {
        if (reader->searches == 0)
            reader->skipped = reader->searched;
        reader->searches++;
        reader->searched = 0;
        reader->is_aligned = 1;
        for (int at = 0; at < CONFIRMED; at++)
            check(reader, reader->held + at * PACKET);
        reader->filled = 0;
        return;
    }
    do
        skip++;
    while (skip < reader->filled && reader->held[skip] != 0x47);
    reader->filled -= skip;
    memmove(reader->held, reader->held + skip, reader->filled);
    reader->searched += skip;
    if (reader->searched > MOST_SKIPPED) {
        reader->bad++;
        reader->searched = 0;
    }
}

static void body(struct reader *reader, const unsigned char *bytes, size_t length)
{
    reader->bytes += length;
    while (length) {
        size_t take = (reader->is_aligned ? PACKET : CONFIRMED * PACKET) - reader->filled;
        if (take > length)
            take = length;
        memcpy(reader->held + reader->filled, bytes, take);
        reader->filled += take;
        bytes += take;
        length -= take;
        if (!reader->is_aligned) {
            while (reader->filled == CONFIRMED * PACKET && !reader->is_aligned)
                search(reader);
        } else if (reader->filled == PACKET) {
            if (reader->held[0] != 0x47) {
                reader->bad++;
                reader->is_aligned = 0;
                continue;
            }
            check(reader, reader->held);
            reader->filled = 0;
        }
    }
}

static void chunked(struct reader *reader, const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length && reader->chunk != DONE;) {
        if (reader->chunk == SIZE_LINE) {
            unsigned char c = bytes[at++];
            if (c == '\n')
                reader->chunk = reader->chunk_left ? DATA : DONE;
            else if (c != '\r')
                reader->chunk_left = reader->chunk_left * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        } else if (reader->chunk == DATA) {
            size_t take = length - at < reader->chunk_left ? length - at : reader->chunk_left;
            body(reader, bytes + at, take);
            at += take;
            reader->chunk_left -= take;
            if (!reader->chunk_left)
                reader->chunk = DATA_END;
        } else if (bytes[at++] == '\n') {
            reader->chunk = SIZE_LINE;
        }
    }
}

/* Takes the header off; returns how many bytes of the buffer belong to it, or -1 if it goes on. */
static ssize_t head(struct reader *reader, const char *bytes, size_t length)
{
    size_t room = sizeof reader->head - 1 - reader->head_length, before = reader->head_length;
    memcpy(reader->head + before, bytes, length < room ? length : room);
    reader->head_length += length < room ? length : room;
    reader->head[reader->head_length] = 0;
    char *end = strstr(reader->head, "\r\n\r\n");
    if (!end)
        return -1;
    reader->has_head = 1;
    reader->status = atoi(reader->head + 9);
    reader->is_chunked = strcasestr(reader->head, "transfer-encoding: chunked") != 0;
    return end + 4 - reader->head - before;
}

static void closed(struct reader *reader)
{
    reader->is_closed = 1;
    close(reader->fd); /* epoll forgets it */
    reader->fd = -1;
}

/* Reads what is there, a slow reader at most 4 KiB. */
static void receive(struct reader *reader)
{
    static unsigned char buffer[BUFFER];
    for (int turn = 0; turn < 4; turn++) {
        int count_only = reader->has_head && !reader->is_checked;
        ssize_t n = recv(reader->fd, buffer, reader->is_slow ? 4096 : BUFFER, count_only ? MSG_TRUNC : 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            closed(reader);
            return;
        }
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        total += n;
        ssize_t from = 0;
        if (!reader->has_head && (from = head(reader, (char *)buffer, n)) < 0)
            continue;
        if (n > from) {
            if (!reader->first)
                reader->first = now - reader->opened;
            else if (now - reader->last > reader->longest_gap)
                reader->longest_gap = now - reader->last;
            reader->last = now;
            if (!reader->is_checked)
                reader->bytes += n - from;
            else if (reader->is_chunked)
                chunked(reader, buffer + from, n - from);
            else
                body(reader, buffer + from, n - from);
        }
        if (n < BUFFER)
            return;
    }
}

static void open_reader(struct reader *reader, int epoll, const char *target)
{
    char *path;
    int port = strtol(target, &path, 10);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    reader->fd = socket(AF_INET, SOCK_STREAM, 0);
    reader->opened = clock_ns(CLOCK_MONOTONIC);
    if (reader->is_slow) {
        int size = 16384;
        setsockopt(reader->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    char request[4096];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: VLC/3.0.21 LibVLC/3.0.21\r\nAccept: */*\r\n\r\n", path, port);
    if (reader->fd < 0 || connect(reader->fd, (void *)&address, sizeof address) || write(reader->fd, request, length) != length) {
        closed(reader);
        return;
    }
    fcntl(reader->fd, F_SETFL, O_NONBLOCK);
    if (!reader->is_slow) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = reader };
        epoll_ctl(epoll, EPOLL_CTL_ADD, reader->fd, &event);
    }
}

int main(int argc, char **argv)
{
    int option, slow = 0, every = 0;
    double seconds = 10, ramp = 0, from = 0;
    while ((option = getopt(argc, argv, "n:t:r:w:p:v:s:")) > 0) {
        switch (option) {
        case 'n': reader_count = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'r': ramp = atof(optarg); break;
        case 'w': from = atof(optarg); break;
        case 'p': if (pid_count < MAX_PIDS) pids[pid_count++] = atoi(optarg); break;
        case 'v': every = atoi(optarg); break;
        case 's': slow = atoi(optarg); break;
        default: return 2;
        }
    }
    if (argc - optind < 1) {
        fprintf(stderr, "usage: load [-n READERS] [-t SECONDS] [-r RAMP] [-w FROM] [-p PID]... [-v EVERY] [-s SLOW] TARGET...\n");
        return 2;
    }
    int targets = argc - optind;
    struct rlimit files = { 65536, 65536 };
    setrlimit(RLIMIT_NOFILE, &files);
    readers = calloc(reader_count, sizeof *readers);
    int epoll = epoll_create1(0), opened = 0;
    uint64_t start = clock_ns(CLOCK_MONOTONIC), next_slow = start, window_start = 0, window_bytes = 0;
    double window_cpu = 0, elapsed;
    struct epoll_event events[256];
    while ((elapsed = (clock_ns(CLOCK_MONOTONIC) - start) / 1e9) < seconds) {
        int want = ramp > 0 && elapsed < ramp ? (int)(elapsed / ramp * reader_count) + 1 : reader_count;
        int burst = 64; /* then the others get their turn */
        for (; burst-- && opened < want && opened < reader_count; opened++) {
            readers[opened].is_slow = opened < slow;
            readers[opened].is_checked = every && opened % every == 0;
            open_reader(readers + opened, epoll, argv[optind + opened % targets]);
        }
        if (!in_window && elapsed >= from) {
            in_window = 1;
            window_cpu = cpu_of_all();
            window_bytes = total;
            window_start = clock_ns(CLOCK_MONOTONIC);
        }
        for (; clock_ns(CLOCK_MONOTONIC) > next_slow; next_slow += 1000000000ull)
            for (int i = 0; i < slow && i < opened; i++)
                if (readers[i].fd >= 0) {
                    int flags = fcntl(readers[i].fd, F_GETFL);
                    fcntl(readers[i].fd, F_SETFL, flags | O_NONBLOCK);
                    receive(readers + i);
                }
        int n = epoll_wait(epoll, events, 256, 5);
        for (int i = 0; i < n; i++)
            receive(events[i].data.ptr);
    }
    window_cpu = cpu_of_all() - window_cpu;
    window_bytes = total - window_bytes;
    double window = (clock_ns(CLOCK_MONOTONIC) - window_start) / 1e9;

    uint64_t lost = 0, repeated = 0, bad = 0, skipped = 0, gap = 0;
    int good = 0, ended = 0, silent = 0, unaligned = 0, slow_ended = 0;
    struct sample first = { 0 };
    for (int i = 0; i < reader_count; i++) {
        struct reader *reader = readers + i;
        if (reader->is_slow) {
            slow_ended += reader->is_closed;
            continue;
        }
        lost += reader->lost;
        repeated += reader->repeated;
        bad += reader->bad;
        unaligned += reader->is_checked && !reader->is_aligned;
        skipped = reader->skipped > skipped ? reader->skipped : skipped;
        good += reader->status == 200;
        ended += reader->is_closed;
        silent += !reader->first;
        if (reader->first)
            add(&first, reader->first / 1e6);
        if (reader->longest_gap > gap)
            gap = reader->longest_gap;
    }
    struct rusage self;
    getrusage(RUSAGE_SELF, &self);
    printf("{\"readers\":%d,\"ok\":%d,\"closed\":%d,\"silent\":%d,\"slow_closed\":%d,\"lost\":%lu,\"repeated\":%lu,\"bad\":%lu,\"unaligned\":%d,\"skipped_max\":%lu,"
           "\"first_byte_ms_median\":%.2f,\"first_byte_ms_max\":%.2f,\"late_ms_median\":%.2f,\"late_ms_p99\":%.2f,\"late_ms_max\":%.2f,"
           "\"longest_gap_s\":%.3f,\"window_s\":%.2f,\"window_bytes\":%lu,\"window_cpu_s\":%.3f,\"cpu_s_per_gb\":%.4f,\"load_cpu_s\":%.2f}\n",
        reader_count, good, ended, silent, slow_ended, lost, repeated, bad, unaligned, skipped, percentile(&first, 0.5), percentile(&first, 1),
        percentile(&lateness, 0.5), percentile(&lateness, 0.99), percentile(&lateness, 1), gap / 1e9, window, window_bytes, window_cpu,
        window_bytes ? window_cpu / (window_bytes / 1e9) : 0,
        self.ru_utime.tv_sec + self.ru_stime.tv_sec + (self.ru_utime.tv_usec + self.ru_stime.tv_usec) / 1e6);
    return 0;
}
