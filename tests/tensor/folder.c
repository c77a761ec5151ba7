#include "folder.h"

#include "../cmocka_all.h"

#include <gradus/tensor.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[64];

int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/gradus_tensor_XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

int leave_folder(void **state)
{
    (void)state;
    remove("t.npy");
    remove("t.safetensors");
    return chdir("/") != 0 || rmdir(folder) != 0;
}

void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

size_t read_file(const char *path, char bytes[MOST])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    size_t length = fread(bytes, 1, MOST, file);
    fclose(file);
    return length;
}

void copy_file(const char *from, const char *to)
{
    static char bytes[MOST];
    write_file(to, bytes, read_file(from, bytes));
}

void assert_same_file(const char *path, const char *expected)
{
    static char a[MOST], b[MOST];
    size_t length = read_file(path, a);
    if (length != read_file(expected, b) || memcmp(a, b, length) != 0)
        fail_msg("%s differs from %s", path, expected);
}

int count_files(void)
{
    int n = 0;
    DIR *here = opendir(".");
    for (const struct dirent *entry; (entry = readdir(here)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(here);
    return n;
}

int lowest_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY);
    close(fd);
    return fd;
}

void assert_message(const char *expected)
{
    assert_string_equal(gd_message(), expected);
}

void limit_files(size_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == (size_t)-1 ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
