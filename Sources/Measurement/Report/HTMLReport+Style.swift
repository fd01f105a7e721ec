extension HTMLReport {
  /// The page's style sheet.
  ///
  /// Charts are made of boxes placed in percent, with text outside what is stretched: they fit any
  /// width, and text has its size on a telephone, too.
  static let style = """
    :root {
      --paper: #fdfdfc; --ink: #1b1d20; --soft: #5f656d; --line: #e3e4e2; --fault: #b3261e;
      --s0: #0068b0; --s1: #c24e00; --s2: #00805c; --s3: #a23d82; --s4: #8a6500; --s5: #5b6470;
      --wake: #3f74b5; --thread: #58a6a0; --inject: #e0a526; --entry: #cf5636;
      --ack: #8e959d; --eoi: #b0b6bc; --low: #ced2d6;
      --stop: #7a1f3d; --steal: #b3261e; --stall: #d9694f; --queue: #e0a526; --taken: #a8730b;
      --page: #8e4fa8; --mapped: #c39bd3; --own: #1d2f5e; --exit: #58a6a0; --budget: #86b6e8;
      --tick: #5d8a3a; --halt: #a9b84c;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14161a; --ink: #e6e7e9; --soft: #9aa1aa; --line: #2b2f35; --fault: #ff8f80;
        --s0: #58b2f2; --s1: #ff9152; --s2: #3fce9f; --s3: #e793c7; --s4: #dfb73f; --s5: #a9b2bd;
        --wake: #5b90d0; --thread: #6bbab4; --inject: #e8b544; --entry: #e2714f;
        --ack: #7d858e; --eoi: #626a73; --low: #4b525a;
        --stop: #d4668b; --steal: #ff6b5e; --stall: #f0977f; --queue: #e8b544; --taken: #c08a24;
        --page: #b987d0; --mapped: #7f5a91; --own: #b9c9f4; --exit: #6bbab4; --budget: #39608c;
        --tick: #7fb357; --halt: #5f6b2c;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
      font-variant-numeric: tabular-nums lining-nums;
    }
    main { max-width: 74rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
    h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .3rem; }
    h2 { font-size: 1.2rem; letter-spacing: -.01em; margin: 3.2rem 0 .2rem; }
    h3 { font-size: .95rem; margin: 1.8rem 0 .3rem; overflow-wrap: anywhere; }
    p { margin: 0 0 1rem; color: var(--soft); max-width: 44rem; }
    .lead { font-size: 1.05rem; }
    .note { border-left: 3px solid var(--line); padding-left: .7rem; margin: .6rem 0; }
    .finding { color: var(--ink); }
    em { font-style: normal; font-weight: 600; color: var(--fault); }
    .scroll { overflow-x: auto; margin: 0 0 1.4rem; }
    table { border-collapse: separate; border-spacing: 0; min-width: 100%; font-size: .87rem; white-space: nowrap; }
    th, td { padding: .34rem .75rem; text-align: right; border-bottom: 1px solid var(--line); }
    th { font-weight: 500; }
    thead th { color: var(--soft); border-bottom-color: var(--soft); }
    th:first-child {
      text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--paper);
    }
    thead th:first-child { color: var(--ink); width: 100%; }
    td { min-width: 4.4rem; }
    tbody tr:last-child > * { border-bottom: 0; }
    .none { color: var(--soft); }
    .mark {
      display: inline-block; min-width: 1.35em; padding: 0 .25em; border-radius: .25em;
      font-size: .8em; line-height: 1.5; text-align: center; vertical-align: .08em; color: var(--paper);
      background: currentColor; -webkit-text-fill-color: var(--paper);
    }
    .s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); }
    .s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); }
    figure { margin: 1.2rem 0 1.8rem; }
    .chart.low { height: 9rem; margin-bottom: 2.6rem; }
    .chart path.faint { opacity: .45; stroke-width: 1.2; }
    .columns .run { border-left: 1px dashed var(--soft); }
    .key.line { height: 2px; vertical-align: .25em; background: var(--ink); }
    .key.faint { opacity: .45; }
    figcaption { color: var(--soft); font-size: .82rem; margin: 2.2rem 0 0 3.6rem; }
    .chart { position: relative; height: 24rem; margin: 0 1.8rem 0 3.6rem; font-size: .78rem; }
    .chart svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
    .chart path {
      fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round;
      vector-effect: non-scaling-stroke;
    }
    .rows i, .columns i, .scale i { position: absolute; font-style: normal; }
    .rows b, .columns b, .scale b {
      position: absolute; font-weight: 400; color: var(--soft); white-space: nowrap;
    }
    .rows i { left: 0; right: 0; border-top: 1px solid var(--line); }
    .rows b { right: 100%; top: 0; transform: translateY(-50%); padding-right: .6rem; }
    .columns i { top: 0; bottom: 0; border-left: 1px solid var(--line); }
    .columns b { top: 100%; transform: translateX(-50%); padding-top: .35rem; }
    .rows i:first-child, .columns i:first-child { border-color: var(--soft); }
    .end { position: absolute; transform: translate(.3rem, 50%); line-height: 1; }
    .legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .82rem; margin: .4rem 0; }
    .key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; }
    .bars { font-size: .82rem; margin-bottom: 1.4rem; }
    .row { display: grid; grid-template-columns: 4.6rem 1fr 5.2rem; gap: .6rem; align-items: center; }
    .row > span:last-child { text-align: right; }
    .thin .row { grid-template-columns: 4.6rem 1fr 11.4rem; }
    .row > span:last-child small { color: var(--soft); display: inline-block; width: 6.2rem; text-align: left;
      padding-left: .7rem; white-space: nowrap; }
    .thin .row.scale > span:last-child { padding-right: 6.2rem; }
    .row > span:first-child { color: var(--soft); white-space: nowrap; }
    .row > div { position: relative; height: 1.7rem; }
    .row > div > i { position: absolute; top: 15%; bottom: 15%; }
    .thin .row > div { height: 1.25rem; }
    .row.scale { color: var(--soft); }
    .row.scale > div { height: 1.6rem; border-top: 1px solid var(--soft); }
    .scale i { top: 0 !important; bottom: auto !important; height: .3rem;
      border-left: 1px solid var(--soft); }
    .scale b { top: 100%; transform: translateX(-50%); font-size: .78rem; }
    .hostWake { background: var(--wake); } .threadRunning { background: var(--thread); }
    .injected { background: var(--inject); } .handler { background: var(--entry); }
    .acknowledged { background: var(--ack); } .endOfInterrupt { background: var(--eoi); }
    .c-stopped { background: var(--stop); } .c-deferred { background: var(--own); }
    .c-steal { background: var(--steal); } .c-stall { background: var(--stall); }
    .c-majorFault { background: var(--page); } .c-minorFault { background: var(--mapped); }
    .c-preempted { background: var(--taken); } .c-runQueue { background: var(--queue); }
    .c-hostTick { background: var(--tick); } .c-interrupted { background: var(--halt); }
    .c-exit { background: var(--exit); } .c-budget { background: var(--budget); }
    .c-blocked { background: var(--soft); } .c-wakeUp { background: var(--wake); }
    .c-unknown { background: var(--eoi); }
    .lineLow { background: var(--low); } .whole { background: var(--s5); }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.4rem; margin: .4rem 0 1rem;
      font-size: .87rem; }
    dt { color: var(--soft); }
    dd { margin: 0; overflow-wrap: anywhere; }
    details { font-size: .87rem; }
    summary { cursor: pointer; color: var(--soft); }
    @media (max-width: 40rem) {
      main { padding: 1.5rem 1rem 3rem; }
      .chart { height: 18rem; }
      table, thead, tbody { display: block; white-space: normal; }
      thead tr, thead th { display: block; }
      thead th + th { display: none; }
      tbody tr {
        display: grid; grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)); gap: .2rem .6rem;
        padding: .5rem 0; border-bottom: 1px solid var(--line);
      }
      tbody tr:last-child { border-bottom: 0; }
      tbody th { grid-column: 1 / -1; padding: 0; border: 0; overflow-wrap: anywhere; }
      td { text-align: left; min-width: 0; padding: 0; border: 0; font-size: .82rem; overflow-wrap: anywhere; }
      td::before { content: attr(data-of); display: block; color: var(--soft); line-height: 1.2; }
      .row { grid-template-columns: 2.2rem 1fr 6rem; gap: .4rem; font-size: .92em; }
      .thin .row { grid-template-columns: 3.8rem 1fr 6rem; }
      .scale b { font-size: .66rem; }
      .row > span:first-child { white-space: normal; overflow-wrap: anywhere; line-height: 1.15; }
      .row > span:last-child small { display: block; width: auto; padding: 0; text-align: right;
        line-height: 1.15; }
      .thin .row.scale > span:last-child { padding-right: 0; }
      .minor b { display: none; }
      .chart { margin: 0 1.4rem 0 2.9rem; }
      figcaption { margin-left: 0; }
      dl { grid-template-columns: 1fr; gap: 0; }
      dd { margin-bottom: .5rem; }
    }
    @media print { main { max-width: none; } .scroll { overflow: visible; } }

    """
}
