// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* By debug information, else by the symbol table, else by the perf map of a JIT. */
#include "origin/symbolize.h"

#include <unistd.h>

#include <dwarf.h>
#include <elfutils/libdw.h>

#include "origin/dwfl_cache.h"
#include "origin/finder.h"

enum {
	DEPTH_MAX = 64, /* of nested scopes */
	/* Visited for one address: a crafted file can nest every scope in every other. */
	SCOPES_MAX = 1 << 20,
};

static void set_names(Dwarf_Die *die, struct symbol *symbol)
{
	Dwarf_Attribute attribute;

	symbol->linkage = dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ?
				  dwarf_formstring(&attribute) :
				  NULL;
	symbol->function = dwarf_diename(die);
	if (!symbol->function)
		symbol->function = symbol->linkage;
}

/* Where an inlined function was called: the line of the function that follows it. */
static void set_call_site(struct symbol *symbol, Dwarf_Die *cu, Dwarf_Die *inlined)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word value;
	size_t n;

	symbol->file = NULL;
	symbol->line = 0;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &value) == 0 &&
	    dwarf_getsrcfiles(cu, &files, &n) == 0)
		symbol->file = dwarf_filesrc(files, (size_t)value, NULL, NULL);
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &value) == 0)
		symbol->line = (unsigned)value;
}

/* The functions around an address, innermost first. */
struct scopes {
	uint64_t address;
	Dwarf_Die die[SYMBOLS_MAX];
	unsigned n;
	unsigned visited;
};

/*
 * Returns true if a function below `parent` has the address. dwarf_getscopes() misses functions in a
 * namespace, where clang and rustc put them.
 */
static bool scopes_find(struct scopes *scopes, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;
	int more = depth ? dwarf_child(parent, &die) : 1;

	for (; !more; more = dwarf_siblingof(&die, &die)) {
		if (++scopes->visited > SCOPES_MAX)
			return false;
		switch (dwarf_tag(&die)) {
		case DW_TAG_namespace:
		case DW_TAG_module:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
			if (scopes_find(scopes, &die, depth - 1))
				return true;
			break;
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
			if (dwarf_haspc(&die, scopes->address) > 0)
				return scopes_find(scopes, &die, depth - 1);
			break;
		case DW_TAG_subprogram:
		case DW_TAG_inlined_subroutine:
			if (dwarf_haspc(&die, scopes->address) <= 0)
				break;
			(void)scopes_find(scopes, &die, depth - 1);
			if (scopes->n < SYMBOLS_MAX)
				scopes->die[scopes->n++] = die;
			return true;
		}
	}
	return false;
}

/*
 * The first symbol has its line already; each inlined function has the line of the next symbol.
 * Returns the number of symbols; 0: no debug information of functions.
 */
static unsigned name_scopes(Dwarf_Die *cu, struct scopes *scopes, struct symbol *symbols)
{
	for (unsigned i = 0; i < scopes->n; i++) {
		Dwarf_Die *die = &scopes->die[i];

		set_names(die, &symbols[i]);
		symbols[i].inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine;
		if (!symbols[i].inlined)
			return i + 1;
		if (i + 1 < scopes->n) {
			symbols[i + 1] = symbols[0];
			set_call_site(&symbols[i + 1], cu, die);
		}
	}
	return scopes->n;
}

/*
 * Finds the compilation unit of an address. libdwfl uses .debug_aranges, which only some compilers
 * write: its answer can be wrong in a program of several compilers.
 */
static bool find_cu(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias, Dwarf_Die *cu)
{
	const Dwarf_Die *quick = dwfl_module_addrdie(module, address, bias);
	Dwarf *dwarf = dwfl_module_getdwarf(module, bias);
	Dwarf_CU *unit = NULL;

	if (quick) {
		*cu = *quick;
		if (dwarf_haspc(cu, address - *bias) > 0)
			return true;
	}
	while (dwarf && !dwarf_get_units(dwarf, unit, &unit, NULL, NULL, cu, NULL))
		if (dwarf_haspc(cu, address - *bias) > 0)
			return true;
	return false;
}

static void set_line(Dwarf_Die *cu, uint64_t address, struct symbol *symbol)
{
	Dwarf_Line *line = dwarf_getsrc_die(cu, address);
	int number = 0;

	if (!line || dwarf_lineno(line, &number) || number <= 0)
		return;
	symbol->file = dwarf_linesrc(line, NULL, NULL);
	symbol->line = (unsigned)number;
}

static unsigned find_debug(Dwfl_Module *module, uint64_t address, struct symbol *symbols)
{
	struct scopes scopes = { 0 };
	Dwarf_Addr bias;
	Dwarf_Die cu;

	if (!find_cu(module, address, &bias, &cu))
		return 0;
	set_line(&cu, address - bias, &symbols[0]);
	scopes.address = address - bias;
	(void)scopes_find(&scopes, &cu, DEPTH_MAX);
	return name_scopes(&cu, &scopes, symbols);
}

/* The perf map of the process as it is now; looked for once for each stack. NULL: none. */
static const struct perf_map *jitted(struct dwfl_entry *entry)
{
	struct finder_request request = { .what = FINDER_PERF_MAP };
	int fd;

	if (entry->perf_map_used == entry->used)
		return entry->perf_map;
	entry->perf_map_used = entry->used;
	fd = dwfl_entry_ask(entry, &request);
	if (fd < 0 || !entry->perf_map || !perf_map_is_of(entry->perf_map, fd)) {
		perf_map_free(entry->perf_map);
		entry->perf_map = fd < 0 ? NULL : perf_map_read(fd);
	}
	if (fd >= 0)
		(void)close(fd);
	return entry->perf_map;
}

/*
 * Code of a JIT is outside of every module, or seems to be inside of one: V8 maps a part of its file a
 * second time to have its builtins near, and the module then spans the code between.
 */
static void find_jitted(struct dwfl_entry *entry, uint64_t address, uint64_t inside,
			struct symbol *symbol)
{
	const struct perf_map *map = jitted(entry);
	char *name = map ? perf_map_find(map, inside) : NULL;

	if (name)
		*symbol = (struct symbol){ .function = name, .jitted = name, .offset = address };
}

unsigned symbol_find(struct dwfl_entry *entry, uint64_t address, bool returns,
		     struct symbol symbols[SYMBOLS_MAX])
{
	uint64_t inside = address - returns;
	Dwfl_Module *module = dwfl_addrmodule(entry->dwfl, inside);
	GElf_Off offset = 0;
	GElf_Sym symbol;
	Dwarf_Addr bias = 0;
	unsigned found;

	symbols[0] = (struct symbol){ .offset = address };
	if (!module) {
		find_jitted(entry, address, inside, &symbols[0]);
		return 1;
	}
	symbols[0].module = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	if (dwfl_module_getelf(module, &bias))
		symbols[0].offset = address - bias;
	found = find_debug(module, inside, symbols);
	if (!found || !symbols[found - 1].function) {
		found = found ? found : 1;
		symbols[found - 1].function = symbols[found - 1].linkage = dwfl_module_addrinfo(
			module, inside, &offset, &symbol, NULL, NULL, NULL);
		if (found == 1 && !symbols[0].function)
			find_jitted(entry, address, inside, &symbols[0]);
	}
	return found;
}
