package dev.cardinal.report;

/** The style sheet of the report. It stands in the page, which must open anywhere without a second file. */
final class ReportStyle {
  static final String CSS = """
      :root {
        color-scheme: light dark;
        --page: #f6f7f9; --card: #ffffff; --ink: #1d2330; --muted: #667085; --rule: #e4e7ec; --heat: 11 74 158; --on-heat: #ffffff;
        --s0: #1f6fd6; --s1: #e0702a; --s2: #2a9d6f; --wrong: #b42318;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --page: #12151b; --card: #1a1f27; --ink: #e6e9ef; --muted: #98a2b3; --rule: #2c333e; --heat: 96 165 250; --on-heat: #0b1220;
          --s0: #60a5fa; --s1: #f29455; --s2: #4fc296; --wrong: #f97066;
        }
      }
      * { box-sizing: border-box; }
      body {
        margin: 0 auto; max-width: 1240px; padding: 40px 28px 64px; background: var(--page); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
      }
      h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 4px; overflow-wrap: anywhere; }
      h2 { font-size: 18px; letter-spacing: -0.01em; margin: 44px 0 12px; }
      .lead { color: var(--muted); margin: 0 0 24px; }
      .card, .chart, .tile { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
      .card { padding: 18px 20px; overflow-x: auto; }
      .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
      .tile { padding: 14px 16px; }
      .tile b { display: block; font-size: 26px; line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; }
      .tile span { color: var(--muted); font-size: 13px; }
      .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(360px, 100%), 1fr)); gap: 16px; }
      .chart { margin: 0; padding: 14px 16px 12px; min-width: 0; }
      .chart figcaption { font-weight: 600; }
      .chart svg { display: block; width: 100%; height: auto; }
      .grid { stroke: var(--rule); stroke-width: 1; }
      .tick, .at text { fill: var(--muted); font-size: 13px; font-variant-numeric: tabular-nums; }
      .line { fill: none; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
      .line.s0 { stroke: var(--s0); } .line.s1 { stroke: var(--s1); } .line.s2 { stroke: var(--s2); }
      .at rect { fill: transparent; }
      .at line { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 2 3; }
      .at line, .at circle, .at text { visibility: hidden; pointer-events: none; }
      .at:hover line, .at:hover circle, .at:hover text { visibility: visible; }
      .at circle { stroke: var(--card); stroke-width: 1.5; }
      circle.s0 { fill: var(--s0); } circle.s1 { fill: var(--s1); } circle.s2 { fill: var(--s2); }
      .legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--muted); padding-left: 8px; }
      .legend b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
      .legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
      i.s0 { background: var(--s0); } i.s1 { background: var(--s1); } i.s2 { background: var(--s2); }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th { font-weight: 500; color: var(--muted); }
      .list { width: 100%; font-size: 14px; }
      .list th, .list td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
      .list tr:last-child td { border-bottom: 0; }
      .list th:first-child, .list td:first-child { text-align: left; padding-left: 0; }
      .matrix { font-size: 13px; border-spacing: 2px; border-collapse: separate; }
      .matrix td { min-width: 38px; height: 32px; padding: 0 6px; text-align: center; border-radius: 3px;
        background: rgb(var(--heat) / calc(var(--v, 0) * 0.92 + 0.035)); }
      .matrix td.none { color: var(--muted); opacity: 0.45; }
      .matrix td.full { color: var(--on-heat); }
      .matrix th { padding: 0 8px; text-align: right; white-space: nowrap; max-width: 180px; overflow: hidden; text-overflow: ellipsis; }
      .matrix thead th { text-align: center; vertical-align: bottom; padding: 6px 0; }
      .matrix thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 180px; overflow: hidden; }
      .matrix thead th.corner { text-align: right; padding-right: 8px; font-style: italic; }
      .split { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 16px; align-items: start; }
      .mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(128px, 1fr)); gap: 14px; }
      .mistakes figure { margin: 0; min-width: 0; font-size: 13px; line-height: 1.4; }
      .mistakes .frame { display: flex; align-items: center; justify-content: center; aspect-ratio: 1;
        background: var(--rule); border-radius: 8px; overflow: hidden; }
      .mistakes img { width: 100%; height: 100%; object-fit: contain; }
      .mistakes img.small { image-rendering: pixelated; }
      .mistakes figcaption { padding-top: 6px; overflow-wrap: anywhere; }
      .mistakes .wrong { color: var(--wrong); font-weight: 600; }
      .mistakes .name { display: block; color: var(--muted); font-size: 12px;
        overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 0 36px; margin: 0; font-size: 14px; }
      dl div { display: grid; grid-template-columns: minmax(110px, 32%) 1fr; gap: 12px; padding: 6px 0;
        border-bottom: 1px solid var(--rule); }
      dt { color: var(--muted); overflow-wrap: anywhere; }
      dd { margin: 0; overflow-wrap: anywhere; }
      summary { cursor: pointer; color: var(--muted); }
      footer { margin-top: 48px; color: var(--muted); font-size: 13px; }
      @media print { body { background: none; padding: 0; } .card, .chart, .tile { break-inside: avoid; } }
      """;

  private ReportStyle() {}
}
