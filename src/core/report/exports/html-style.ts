import { html } from "./markup";

/** Colours follow the reader's system; those of text have a contrast of 7 and more. */
export const STYLE = html`<style>
:root { color-scheme: light dark; --text: #1f2328; --quiet: #4b535c; --page: #ffffff; --rule: #d0d7de; --bar: #b34700; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #b1bac4; --page: #16191d; --rule: #3d444d; --bar: #f0883e; } }
body { margin: 0 auto; padding: 1rem 1.5rem 3rem; max-width: 80rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
code { font-family: ui-monospace, SFMono-Regular, Consolas, monospace; font-size: 0.9em; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; }
caption { text-align: start; font-weight: 600; padding-bottom: 0.3rem; }
th, td { padding: 0.15rem 0.7rem 0.15rem 0; text-align: end; font-weight: normal; font-variant-numeric: tabular-nums; white-space: nowrap; border-bottom: 1px solid var(--rule); }
thead th { color: var(--quiet); }
tfoot th, tfoot td { font-weight: 600; }
.text { text-align: start; }
td.text code { white-space: pre; }
svg { margin-inline-start: 0.7rem; }
rect { fill: var(--bar); }
@media (forced-colors: active) { rect { fill: CanvasText; } }
@media print { .wide { overflow: visible; } }
</style>`;
