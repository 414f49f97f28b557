/** The frame of a page. */
import { version } from '../version.js';
import { CHART_STYLE } from './chart.js';
import { type Markup, markup } from './markup.js';
import { PAGE_STYLE } from './page-style.js';

/** A page of this package: head, style, heading, content. */
export function page(title: string, lead: string, ...content: (Markup | null | false)[]): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
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
</body>
</html>
`;
}
