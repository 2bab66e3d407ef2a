// SPDX-License-Identifier: GPL-2.0-only
/* The options that all tests have. */
#include <getopt.h>
#include <time.h>

#include "kvm_util.h"
#include "host_state.h"
#include "test_util.h"

struct test_options test_options;

#define OPTIONS	"--hops N --seed N --guard off|report|repair --threads N"

static __noreturn void usage_error(const char *what, const char *value)
{
	fprintf(stderr, "%s: bad %s '%s'; options: %s\n", test_name(), what, value, OPTIONS);
	exit(EXIT_FAILURE);
}

static __noreturn void help(void)
{
	printf("usage: %s [OPTION...]; options: %s\n"
	       "In the environment: KHS_HOPS, KHS_SEED, KHS_GUARD, KHS_THREADS, KHS_DISRUPTIVE=1\n",
	       test_name(), OPTIONS);
	exit(EXIT_SUCCESS);
}

static u64 parse_number(const char *what, const char *value, u64 min, u64 max)
{
	char *end;
	u64 number;

	errno = 0;
	number = strtoull(value, &end, 0);
	if (errno || end == value || *end || *value == '-' || number < min || number > max)
		usage_error(what, value);
	return number;
}

static u32 parse_guard(const char *what, const char *value)
{
	static const char * const modes[] = {
		[HOST_STATE_GUARD_OFF] = "off",
		[HOST_STATE_GUARD_REPORT] = "report",
		[HOST_STATE_GUARD_REPAIR] = "repair",
	};

	for (u32 i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(value, modes[i]))
			return i;
	usage_error(what, value);
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value && strcmp(value, "0");
}

/**
 * test_parse_options() - fill test_options, for test_init()
 *
 * The command line comes before the environment.  A value that cannot be read
 * ends the program with status 1 and one line on stderr, and --help with 0.
 */
void test_parse_options(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "hops", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "guard", required_argument, NULL, 'g' },
		{ "threads", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *hops = getenv("KHS_HOPS");
	const char *seed = getenv("KHS_SEED");
	const char *guard = getenv("KHS_GUARD");
	const char *threads = getenv("KHS_THREADS");
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			hops = optarg;
			break;
		case 's':
			seed = optarg;
			break;
		case 'g':
			guard = optarg;
			break;
		case 't':
			threads = optarg;
			break;
		case 'h':
			help();
		default:
			usage_error("option", argv[optind - 1]);
		}
	}
	if (optind < argc)
		usage_error("argument", argv[optind]);

	test_options.hops = hops ? parse_number("number of hops", hops, 1, ~0ULL) : 0;
	test_options.seed = seed ? parse_number("seed", seed, 0, ~0ULL) :
				   (u64)time(NULL) * 1000003 + (u64)getpid();
	test_options.guard = guard ? parse_guard("guard mode", guard) :
				     HOST_STATE_GUARD_REPAIR;
	test_options.disruptive = is_set("KHS_DISRUPTIVE");
	test_options.knows_inconclusive = is_set("KHS_INCONCLUSIVE");
	test_options.threads = threads ?
		(int)parse_number("number of threads", threads, 1, VM_MAX_VCPUS) : 0;
}
