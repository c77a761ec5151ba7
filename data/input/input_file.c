/* Reading a file in blocks. gzip (RFC 1952) is detected by its first two bytes and decompressed by
 * zlib. */
#include "data/input/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    BLOCK = 1 << 18,       /* bytes */
    FREE_BYTES = 64 << 20, /* compressed data may become so many bytes, */
    BYTES_OF_ONE = 50      /* or so many for each of its own; tables of numbers have 3 to 30 */
};

struct gd__gzip {
    z_stream stream;
    bool in_member;   /* a file may hold several, one after the other */
    int64_t received; /* bytes of the compressed file */
    unsigned char in[BLOCK];
};

/* Reads at most `size` bytes of the file. 0: it has ended; -1 with a message. */
static ptrdiff_t receive(const gd__source *s, void *to, size_t size)
{
    ssize_t n;
    do
        n = read(s->fd, to, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        gd__file_fail(s->name, errno);
    return n;
}

/* ---- gzip ---- */

/* zlib frees memory without giving its size, which is therefore kept in front. */
static void *allocate_for_zlib(void *context, unsigned items, unsigned item_size)
{
    (void)context;
    size_t size = GD__ALIGNMENT + (size_t)items * item_size;
    char *memory = gd_allocate(size);
    if (memory == NULL)
        return NULL;
    memcpy(memory, &size, sizeof size);
    return memory + GD__ALIGNMENT;
}

static void free_for_zlib(void *context, void *memory)
{
    (void)context;
    char *start = (char *)memory - GD__ALIGNMENT;
    size_t size;
    memcpy(&size, start, sizeof size);
    gd_free(start, size);
}

static bool fail_memory(const gd__source *s)
{
    return gd__fail_false(GD_ERROR_MEMORY, "%s: no memory to read the file", s->name);
}

/* Makes the block that has been read compressed input. */
static bool begin_gzip(gd__source *s)
{
    struct gd__gzip *gzip = gd_allocate(sizeof *gzip);
    if (gzip == NULL)
        return fail_memory(s);
    gzip->stream = (z_stream){.zalloc = allocate_for_zlib, .zfree = free_for_zlib};
    gzip->in_member = true;
    gzip->received = (int64_t)s->end;
    memcpy(gzip->in, s->text, s->end);
    gzip->stream.next_in = gzip->in;
    gzip->stream.avail_in = (unsigned)s->end;
    if (inflateInit2(&gzip->stream, MAX_WBITS + 16) != Z_OK) { /* 16: gzip's header and sum */
        gd_free(gzip, sizeof *gzip);
        return fail_memory(s);
    }
    s->gzip = gzip;
    s->end = 0;
    s->ended = false;
    return gd__source_more(s);
}

/* Reads more compressed bytes. *ended: there are none, and the last member is complete. */
static bool refill(const gd__source *s, bool *ended)
{
    struct gd__gzip *gzip = s->gzip;
    ptrdiff_t n = receive(s, gzip->in, sizeof gzip->in);
    if (n < 0)
        return false;
    *ended = n == 0;
    if (*ended && gzip->in_member)
        gd_fail(GD_ERROR_FORMAT,
                "%s: byte %" PRId64 ": more compressed data is expected, found the end of the file",
                s->name, gzip->received);
    gzip->received += n;
    gzip->stream.next_in = gzip->in;
    gzip->stream.avail_in = (unsigned)n;
    return !*ended || !gzip->in_member;
}

static bool fail_corrupt(const gd__source *s)
{
    const z_stream *stream = &s->gzip->stream;
    return gd__fail_false(GD_ERROR_FORMAT,
                          "%s: byte %" PRId64 ": valid compressed data is expected, found: %s",
                          s->name, s->gzip->received - stream->avail_in,
                          stream->msg != NULL ? stream->msg : "a dictionary");
}

bool gd__source_may_expand(const char *name, int64_t bytes, int64_t compressed)
{
    if (bytes <= FREE_BYTES || bytes / BYTES_OF_ONE <= compressed)
        return true;
    return gd__fail_false(
        GD_ERROR_FORMAT,
        "%s: at most %d bytes are expected of each compressed one (or %d MiB in all), found "
        "%" PRId64 " of %" PRId64 "; a file that is not compressed has no such limit",
        name, BYTES_OF_ONE, FREE_BYTES >> 20, bytes, compressed);
}

/* Decompresses at most `size` bytes. 0: there are no more; -1 with a message. */
static ptrdiff_t decompress(gd__source *s, char *to, size_t size)
{
    struct gd__gzip *gzip = s->gzip;
    z_stream *stream = &gzip->stream;
    stream->next_out = (unsigned char *)to;
    stream->avail_out = size < INT32_MAX ? (unsigned)size : INT32_MAX;
    for (bool ended = false; stream->next_out == (unsigned char *)to;) {
        if (stream->avail_in == 0 && !refill(s, &ended))
            return -1;
        if (ended)
            break;
        if (!gzip->in_member)
            inflateReset(stream);
        gzip->in_member = true;
        int result = inflate(stream, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR)
            return fail_memory(s) - 1;
        if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END)
            return fail_corrupt(s) - 1;
        gzip->in_member = result != Z_STREAM_END;
    }
    ptrdiff_t made = (ptrdiff_t)(stream->next_out - (unsigned char *)to);
    int64_t all = s->offset + (int64_t)s->end + made;
    return gd__source_may_expand(s->name, all, gzip->received - stream->avail_in) ? made : -1;
}

/* ---- blocks ---- */

static bool double_block(gd__source *s)
{
    char *larger = s->size <= PTRDIFF_MAX / 4 ? gd_allocate(2 * s->size + GD__SOURCE_SLACK) : NULL;
    if (larger == NULL)
        return fail_memory(s);
    memcpy(larger, s->text, s->end);
    gd_free(s->text, s->size + GD__SOURCE_SLACK);
    s->text = larger;
    s->size *= 2;
    return true;
}

bool gd__source_more(gd__source *s)
{
    memmove(s->text, s->text + s->at, s->end - s->at);
    s->offset += (int64_t)s->at;
    s->end -= s->at;
    s->at = 0;
    if (s->end == s->size && !double_block(s))
        return false;
    while (!s->ended && s->end < s->size) {
        char *to = s->text + s->end;
        size_t room = s->size - s->end;
        ptrdiff_t n = s->gzip != NULL ? decompress(s, to, room) : receive(s, to, room);
        if (n < 0)
            return false;
        s->ended = n == 0;
        s->end += (size_t)n;
    }
    memset(s->text + s->end, 0, GD__SOURCE_SLACK);
    return true;
}

int64_t gd__source_size(const gd__source *s)
{
    int64_t come = s->offset + (int64_t)s->end;
    return s->gzip == NULL && s->file_size > come ? s->file_size : come;
}

bool gd__source_open(gd__source *s, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    *s = (gd__source){.name = standard ? "standard input" : path, .size = BLOCK, .file_size = -1};
    s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) {
        gd__file_fail(path, errno);
        return false;
    }
    struct stat status;
    if (fstat(s->fd, &status) == 0 && S_ISREG(status.st_mode))
        s->file_size = status.st_size;
    s->text = gd_allocate(s->size + GD__SOURCE_SLACK);
    if (s->text == NULL)
        return fail_memory(s);
    if (!gd__source_more(s))
        return false;
    return s->end < 2 || memcmp(s->text, "\x1f\x8b", 2) != 0 || begin_gzip(s);
}

static bool copy_next(void *context, void *to, size_t size)
{
    gd__source *s = context;
    memcpy(to, s->text + s->at, size);
    s->at += size;
    return true;
}

bool gd__source_whole(gd__source *s, gd__file_reader *reader)
{
    bool plain = s->gzip == NULL && s->file_size >= 0;
    off_t start = plain ? lseek(s->fd, -(off_t)s->end, SEEK_CUR) : -1;
    if (start >= 0) {
        *reader = (gd__file_reader){.path = s->name, .fd = s->fd, .size = s->file_size - start};
        return true;
    }
    while (!s->ended)
        if (!gd__source_more(s))
            return false;
    *reader = (gd__file_reader){
        .path = s->name, .fd = -1, .size = (int64_t)s->end, .next = copy_next, .context = s};
    return true;
}

void gd__source_close(gd__source *s)
{
    if (s->gzip != NULL) {
        inflateEnd(&s->gzip->stream);
        gd_free(s->gzip, sizeof *s->gzip);
    }
    gd_free(s->text, s->size + GD__SOURCE_SLACK);
    if (s->fd > STDIN_FILENO)
        close(s->fd);
}
