/** The frame of a page. */
import { version } from '../version.js';
import { CHART_STYLE } from './chart.js';
import { Markup, markup } from './markup.js';
import { PAGE_STYLE } from './page-style.js';

/** Texts of a page, and the one script that it runs. */
export interface PageHead {
  title: string;
  lead: string;
  script?: { text: string; hash: string } | undefined;
}

/** A page of this package: head, style, heading, content. Nothing but its own script runs in it. */
export function page(
  { title, lead, script }: PageHead,
  ...content: (Markup | null | false)[]
): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${script && markup`; script-src 'sha256-${new Markup(script.hash)}'`}">
<meta name="generator" content="hackface-native ${version}">
<title>${title}</title>
<style>${PAGE_STYLE}${CHART_STYLE}</style>
</head>
<body>
<main>
<header><h1>${title}</h1>
<p>${lead}</p></header>
${content}<footer>Made by hackface-native ${version}.</footer>
</main>
${
  script &&
  markup`<script>${new Markup(script.text)}</script>
`
}</body>
</html>
`;
}
