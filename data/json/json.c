/* JSON values. A container owns its values; an object finds its keys by a hash table. */
#include <gradus/json.h>

#include "tensor/text.h"

#include <math.h>
#include <string.h>

typedef struct member {
    char *key; /* NULL in an array */
    gd_json *value;
} member;

struct gd_json {
    gd_json_kind kind;
    gd_status status; /* the reason of a failure */
    union {
        bool boolean;
        int64_t integer;
        double real;
        char *text;
    };
    member *members; /* [count], of `room` */
    size_t count, room;
    size_t *slots; /* [2 room] of an object: the index of a member, from 1; 0: free */
};

/* ---- creating ---- */

static gd_json *create(gd_json_kind kind)
{
    gd_json *value = gd_allocate(sizeof *value);
    if (value != NULL)
        *value = (gd_json){.kind = kind, .status = GD_OK};
    return value;
}

gd_json *gd_json_null(void)
{
    return create(GD_JSON_NULL);
}

gd_json *gd_json_boolean(bool boolean)
{
    gd_json *value = create(GD_JSON_BOOLEAN);
    if (value != NULL)
        value->boolean = boolean;
    return value;
}

gd_json *gd_json_integer(int64_t integer)
{
    gd_json *value = create(GD_JSON_INTEGER);
    if (value != NULL)
        value->integer = integer;
    return value;
}

gd_json *gd_json_real(double real)
{
    gd_json *value = create(GD_JSON_REAL);
    if (value == NULL)
        return NULL;
    value->real = real;
    value->status = isfinite(real) ? GD_OK : GD_ERROR_VALUE;
    return value;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = gd_allocate(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

gd_json *gd_json_string(const char *text)
{
    gd_json *value = text != NULL ? create(GD_JSON_STRING) : NULL;
    char *copy = value != NULL ? copy_text(text) : NULL;
    if (copy == NULL) {
        gd_free(value, sizeof *value);
        return NULL;
    }
    value->text = copy;
    value->status = gd__is_utf8(text) ? GD_OK : GD_ERROR_FORMAT;
    return value;
}

gd_json *gd_json_array(void)
{
    return create(GD_JSON_ARRAY);
}

gd_json *gd_json_object(void)
{
    return create(GD_JSON_OBJECT);
}

gd_json *gd_json_copy(const gd_json *value)
{
    if (value == NULL)
        return NULL;
    if (value->kind == GD_JSON_STRING)
        return gd_json_string(value->text);
    gd_json *copy = create(value->kind);
    if (copy == NULL)
        return NULL;
    copy->status = value->status;
    if (value->kind < GD_JSON_STRING)
        copy->integer = value->integer;
    if (value->kind == GD_JSON_REAL)
        copy->real = value->real;
    for (size_t i = 0; i < value->count; ++i) {
        gd_json *item = gd_json_copy(value->members[i].value);
        if (value->kind == GD_JSON_ARRAY)
            gd_json_append(copy, item);
        else
            gd_json_set(copy, value->members[i].key, item);
    }
    return copy;
}

static void free_text(char *text)
{
    if (text != NULL)
        gd_free(text, strlen(text) + 1);
}

static void free_room(gd_json *value)
{
    gd_free(value->members, value->room * sizeof *value->members);
    gd_free(value->slots, 2 * value->room * sizeof *value->slots);
}

void gd_json_destroy(gd_json *value)
{
    if (value == NULL)
        return;
    if (value->kind == GD_JSON_STRING)
        free_text(value->text);
    for (size_t i = 0; i < value->count; ++i) {
        free_text(value->members[i].key);
        gd_json_destroy(value->members[i].value);
    }
    free_room(value);
    gd_free(value, sizeof *value);
}

/* ---- members ---- */

/* The slot of a key, or the one to put it in. The hash is FNV-1a with a start that differs from
 * one process to the next, so that no file can make all keys collide. */
static size_t *slot_of(const gd_json *object, const char *key)
{
    static const char start;
    uint64_t hash = 0xcbf29ce484222325u ^ (uintptr_t)&start;
    for (const char *c = key; *c != '\0'; ++c)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    size_t mask = 2 * object->room - 1, at = (size_t)(hash ^ hash >> 32) & mask;
    while (object->slots[at] != 0 && strcmp(object->members[object->slots[at] - 1].key, key) != 0)
        at = (at + 1) & mask;
    return &object->slots[at];
}

/* Makes memory for one more member. False: no memory. */
static bool grow(gd_json *value)
{
    if (value->count < value->room)
        return true;
    gd_json larger = *value;
    larger.room = value->room > 0 ? 2 * value->room : 4;
    larger.members = gd_allocate(larger.room * sizeof *larger.members);
    size_t slots = 2 * larger.room * sizeof *larger.slots;
    larger.slots = value->kind == GD_JSON_OBJECT ? gd_allocate(slots) : NULL;
    if (larger.members == NULL || (value->kind == GD_JSON_OBJECT && larger.slots == NULL)) {
        free_room(&larger);
        return false;
    }
    if (value->count > 0)
        memcpy(larger.members, value->members, value->count * sizeof *larger.members);
    if (larger.slots != NULL) {
        memset(larger.slots, 0, slots);
        for (size_t i = 0; i < value->count; ++i)
            *slot_of(&larger, larger.members[i].key) = i + 1;
    }
    free_room(value);
    *value = larger;
    return true;
}

/* The first failure stays. */
static void fail(gd_json *container, gd_status status)
{
    if (container != NULL && container->status == GD_OK)
        container->status = status;
}

/* Whether a value can be added to the container, which fails otherwise. */
static bool admits(gd_json *container, gd_json_kind kind, const gd_json *value)
{
    fail(container, value == NULL ? GD_ERROR_MEMORY : value->status);
    if (container != NULL && container->kind != kind)
        fail(container, GD_ERROR_ARGUMENT);
    return container != NULL && container->kind == kind && value != NULL;
}

void gd_json_append(gd_json *array, gd_json *value)
{
    if (!admits(array, GD_JSON_ARRAY, value)) {
        gd_json_destroy(value);
    } else if (!grow(array)) {
        fail(array, GD_ERROR_MEMORY);
        gd_json_destroy(value);
    } else {
        array->members[array->count++] = (member){NULL, value};
    }
}

void gd_json_set(gd_json *object, const char *key, gd_json *value)
{
    if (!admits(object, GD_JSON_OBJECT, value)) {
        gd_json_destroy(value);
        return;
    }
    size_t *slot = object->room > 0 ? slot_of(object, key) : NULL;
    if (slot != NULL && *slot != 0) {
        member *old = &object->members[*slot - 1];
        gd_json_destroy(old->value);
        old->value = value;
        return;
    }
    if (!gd__is_utf8(key))
        fail(object, GD_ERROR_FORMAT);
    char *copy = copy_text(key);
    if (copy == NULL || !grow(object)) {
        fail(object, GD_ERROR_MEMORY);
        free_text(copy);
        gd_json_destroy(value);
        return;
    }
    object->members[object->count++] = (member){copy, value};
    *slot_of(object, key) = object->count;
}

static gd_status status_of(const gd_json *value)
{
    gd_status status = value != NULL ? value->status : GD_ERROR_MEMORY;
    for (size_t i = 0; status == GD_OK && i < value->count; ++i)
        status = status_of(value->members[i].value);
    return status;
}

gd_status gd_json_check(const gd_json *value)
{
    gd_status status = status_of(value);
    switch (status) {
    case GD_OK:
        return GD_OK;
    case GD_ERROR_MEMORY:
        return gd_fail(status, "JSON: no memory");
    case GD_ERROR_FORMAT:
        return gd_fail(status, "JSON: a text is not UTF-8");
    case GD_ERROR_VALUE:
        return gd_fail(status, "JSON: a number is not finite");
    default:
        return gd_fail(status,
                       "JSON: a value was added to something other than an array or object");
    }
}

/* ---- looking ---- */

bool gd_json_is(const gd_json *value, gd_json_kind kind)
{
    return value != NULL && value->kind == kind;
}

bool gd_json_is_number(const gd_json *value)
{
    return gd_json_is(value, GD_JSON_INTEGER) || gd_json_is(value, GD_JSON_REAL);
}

bool gd_json_is_true(const gd_json *value)
{
    return gd_json_is(value, GD_JSON_BOOLEAN) && value->boolean;
}

size_t gd_json_size(const gd_json *container)
{
    return container != NULL ? container->count : 0;
}

gd_json *gd_json_at(const gd_json *container, size_t i)
{
    return i < gd_json_size(container) ? container->members[i].value : NULL;
}

const char *gd_json_key(const gd_json *object, size_t i)
{
    return i < gd_json_size(object) ? object->members[i].key : NULL;
}

gd_json *gd_json_get(const gd_json *object, const char *key)
{
    if (!gd_json_is(object, GD_JSON_OBJECT) || object->room == 0)
        return NULL;
    size_t slot = *slot_of(object, key);
    return slot != 0 ? object->members[slot - 1].value : NULL;
}

const char *gd_json_string_of(const gd_json *value)
{
    return gd_json_is(value, GD_JSON_STRING) ? value->text : NULL;
}

const char *gd_json_string_at(const gd_json *object, const char *key)
{
    return gd_json_string_of(gd_json_get(object, key));
}

int64_t gd_json_integer_of(const gd_json *value)
{
    return gd_json_is(value, GD_JSON_INTEGER) ? value->integer : 0;
}

double gd_json_number_of(const gd_json *value)
{
    return gd_json_is(value, GD_JSON_REAL) ? value->real : (double)gd_json_integer_of(value);
}

int64_t gd_json_integer_at(const gd_json *object, const char *key)
{
    return gd_json_integer_of(gd_json_get(object, key));
}

double gd_json_number_at(const gd_json *object, const char *key)
{
    const gd_json *value = gd_json_get(object, key);
    return gd_json_is_number(value) ? gd_json_number_of(value) : (double)NAN;
}
