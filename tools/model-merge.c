/* seimai-model-merge: LoRA adapters added to their base, as a model of its own.
 * W += s·B·A in float32, module by module; what comes out needs no adapter any more and loads like any model.
 * SPDX-License-Identifier: MIT */
#include <seimai/adapter.h>
#include <seimai/options.h>

typedef struct config {
    const char *base;
    sm_io io;
} config;

int main(int argc, char **argv)
{
    config cfg = {0};
    const sm_option options[] = {
        SM_OPTION_STRING('o', "output", &cfg.io.output, "DIR", "the merged model (needed)"),
        SM_OPTION_STRING(
            'b', "base", &cfg.base, "DIR",
            "the base; default: a first operand that is a model, else the one that "
            "the first adapter names"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "model-merge",
        .operands = "[BASE] ADAPTER… -o DIR [OPTION…]",
        .about = "Add LoRA adapters to their base: a model that needs no adapter.",
        .more = "  seimai model merge run/model -o merged\n"
                "  seimai model merge base/ law/ chat/ -o merged\n"
                "W += s·B·A in float32; several adapters of one base are added up. An adapter\n"
                "that was trained on another base is refused.\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n == 0) return sm_usage_fail(&usage, "name an adapter");
    if (!cfg.io.output) return sm_usage_fail(&usage, "-o is needed: the folder");
    const int status =
        sm_model_merge(cfg.io.files.items, cfg.io.files.n, cfg.base, cfg.io.output, &err);
    return sm_leave(&usage, status, &err);
}
