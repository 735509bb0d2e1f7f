// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Debug information where there is any, else the symbol table, else what a JIT has written. */
#include "symbol.h"

#include <stdlib.h>
#include <string.h>

#include <dwarf.h>
#include <elfutils/libdw.h>

#include "code.h"
#include "perf_map.h"

static const char *function_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) && !dwarf_diename(die))
		return dwarf_formstring(&attribute);
	return dwarf_diename(die);
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

/*
 * `scopes` go from the innermost block outwards. The first symbol has its line already; each inlined
 * function gives the next one its own.
 */
static unsigned walk_scopes(Dwarf_Die *cu, Dwarf_Die *scopes, int n, struct symbol *symbols)
{
	unsigned found = 0;

	for (int i = 0; i < n && found < SYMBOLS_MAX; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
			continue;
		symbols[found].function = function_name(&scopes[i]);
		symbols[found].inlined = tag == DW_TAG_inlined_subroutine;
		if (!symbols[found++].inlined)
			break;
		if (found == SYMBOLS_MAX)
			break;
		symbols[found] = symbols[0];
		set_call_site(&symbols[found], cu, &scopes[i]);
	}
	return found;
}

/* 0: no debug information of functions there. */
static unsigned find_scopes(Dwfl_Module *module, uint64_t address, struct symbol *symbols)
{
	Dwarf_Die *scopes = NULL, *outer = NULL;
	Dwarf_Addr bias;
	Dwarf_Die *cu = dwfl_module_addrdie(module, address, &bias);
	unsigned found = 0;
	int n = cu ? dwarf_getscopes(cu, address - bias, &scopes) : 0;

	/* those of the code as it is, not those of the source that was inlined */
	if (n > 0)
		n = dwarf_getscopes_die(&scopes[0], &outer);
	if (n > 0)
		found = walk_scopes(cu, outer, n, symbols);
	free(scopes);
	free(outer);
	return found;
}

static void set_line(Dwfl_Module *module, uint64_t address, struct symbol *symbol)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, address);
	int number = 0;

	if (!line)
		return;
	symbol->file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	symbol->line = number > 0 ? (unsigned)number : 0;
}

/*
 * What a JIT has made: in no module, or in one that seems to reach over it, since a runtime has
 * mapped a part of its file once more, far away (V8 does that to have its builtins near).
 */
static bool find_jitted(const struct code *code, uint64_t address, uint64_t inside,
			struct symbol *symbol)
{
	char *name = perf_map_find(code->pid, inside);

	if (!name)
		return false;
	*symbol = (struct symbol){ .function = name, .jitted = name, .offset = address };
	return true;
}

unsigned symbol_find(struct code *code, uint64_t address, bool returns,
		     struct symbol symbols[SYMBOLS_MAX])
{
	uint64_t inside = address - returns;
	Dwfl_Module *module = dwfl_addrmodule(code->dwfl, inside);
	GElf_Off offset = 0;
	GElf_Sym symbol;
	Dwarf_Addr bias = 0;
	unsigned found;

	symbols[0] = (struct symbol){ .offset = address };
	if (!module) {
		(void)find_jitted(code, address, inside, &symbols[0]);
		return 1;
	}
	symbols[0].module = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL,
					     NULL);
	if (dwfl_module_getelf(module, &bias))
		symbols[0].offset = address - bias;
	set_line(module, inside, &symbols[0]);
	found = find_scopes(module, inside, symbols);
	if (!found || !symbols[found - 1].function) {
		found = found ? found : 1;
		symbols[found - 1].function = dwfl_module_addrinfo(module, inside, &offset, &symbol,
								   NULL, NULL, NULL);
		if (found == 1 && !symbols[0].function)
			(void)find_jitted(code, address, inside, &symbols[0]);
	}
	return found;
}
