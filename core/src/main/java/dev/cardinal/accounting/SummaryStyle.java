package dev.cardinal.accounting;

/** The style sheet of a summary's page. It stands in the page, which must open anywhere without a second file. */
final class SummaryStyle {
  static final String CSS = """
      :root {
        color-scheme: light dark;
        --page: #f6f7f9; --card: #ffffff; --ink: #1d2330; --muted: #667085; --rule: #e4e7ec;
        --macs: #b3262e; --params: #1f6fd6; --acts: #2a9d6f; --rest: #98a2b3; --wash: 16%;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --page: #12151b; --card: #1a1f27; --ink: #e6e9ef; --muted: #98a2b3; --rule: #2c333e;
          --macs: #f2686f; --params: #60a5fa; --acts: #4fc296; --rest: #667085; --wash: 28%;
        }
      }
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 1240px; padding: 40px 28px 64px; background: var(--page); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
      h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 4px; overflow-wrap: anywhere; }
      h2 { font-size: 18px; letter-spacing: -0.01em; margin: 40px 0 12px; }
      .lead, .note, footer { color: var(--muted); }
      .lead { margin: 0 0 24px; }
      .note { font-size: 13px; margin: 4px 0 0; }
      .card, .tile { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
      .card { padding: 18px 20px; }
      .scroll { overflow-x: auto; padding-top: 8px; }
      .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; }
      .tile { padding: 14px 16px; }
      .tile b { display: block; font-size: 26px; line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; }
      .tile span { color: var(--muted); font-size: 13px; }
      figure { margin: 0 0 18px; }
      figure:last-child { margin: 0; }
      figcaption { font-size: 13px; color: var(--muted); margin-bottom: 6px; }
      .strip { display: flex; align-items: flex-end; gap: 1px; height: 84px; border-bottom: 1px solid var(--rule); }
      .strip i { flex: 1 1 0; min-width: 0; border-radius: 2px 2px 0 0; background: var(--c); opacity: 0.85; }
      .strip i:hover { opacity: 1; filter: brightness(1.2); }
      .macs { --c: var(--macs); } .params { --c: var(--params); } .acts { --c: var(--acts); }
      .stack { display: flex; gap: 2px; height: 26px; }
      .stack i { flex-basis: 0; min-width: 2px; border-radius: 3px; }
      .m0 { background: var(--acts); } .m1 { background: var(--params); } .m2 { background: var(--macs); } .m3 { background: var(--rest); }
      .legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 12px 0 0; font-size: 14px; color: var(--muted); }
      .legend b { color: var(--ink); font-weight: 600; }
      .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 7px; }
      table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
      th { font-weight: 500; color: var(--muted); position: sticky; top: 0; background: var(--card); }
      th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
      th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left; }
      tfoot td:nth-child(n+2) { text-align: right; }
      tfoot td { font-weight: 600; border: 0; }
      tr.light td:nth-child(-n+3) { color: var(--muted); }
      .bar { background: linear-gradient(to left, color-mix(in srgb, var(--c) var(--wash), transparent) var(--v), transparent var(--v)); }
      footer { margin-top: 40px; font-size: 13px; }
      @media print { body { background: none; padding: 0; } .card, .tile { break-inside: avoid; } }
      """;

  private SummaryStyle() {}
}
