/** The style sheet of a page. */
import { Markup } from './markup.js';

/** The style of a page. Colours of charts are their own. */
export const PAGE_STYLE = new Markup(`
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#566273;--line:#dfe4ea;--accent:#0067a5;--warn:#fff4e0;--warn-line:#d98a00;--bad:#b42318;--unsure:#8a5a00}
@media (prefers-color-scheme:dark){:root{--bg:#0c1015;--card:#12171e;--ink:#e8edf3;--soft:#a3aebb;--line:#29323d;--accent:#5bb4f0;--warn:#2a2110;--warn-line:#e0a030;--bad:#ff8a7a;--unsure:#f0c060}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1200px;margin:0 auto;padding:32px 24px 64px}
header{margin-bottom:28px}
h1{font-size:clamp(1.6rem,1.2rem + 1.6vw,2.3rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 12px;letter-spacing:-.005em;overflow-wrap:anywhere}
h3{font-size:1rem;margin:0 0 8px}
.scroll+h3{margin-top:20px}
p{margin:0 0 12px;max-width:70ch}
header p{color:var(--soft);margin:0;overflow-wrap:anywhere}
section,details{margin:0 0 32px}
code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(205px,1fr));gap:14px}
.card,figure,.facts,pre,.scroll{background:var(--card);border:1px solid var(--line);border-radius:10px}
.card{padding:16px 18px}
.card h3{color:var(--soft);font-size:.875rem;font-weight:600;margin:0}
.card p{margin:0}
.big{font-size:2rem;line-height:1.3;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.big .missing{font-size:1.35rem;font-weight:500}
.card .range{font-size:.9375rem;white-space:nowrap;font-variant-numeric:tabular-nums}
.card .note{color:var(--soft);font-size:.8125rem}
.missing{color:var(--soft);font-style:italic}
#slider input{width:100%;height:28px;margin:0 0 12px;accent-color:var(--accent)}
#slider .cards{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}
#slider .big{font-size:1.375rem;white-space:nowrap}
#warnings{background:var(--warn);border:1px solid var(--warn-line);border-left-width:5px;border-radius:10px;padding:14px 18px}
#warnings h2{font-size:1.0625rem;margin-bottom:6px}
#warnings ul{margin:0;padding-left:20px}
#warnings li{margin:2px 0;overflow-wrap:anywhere}
#warnings code{color:var(--soft)}
.more{color:var(--soft);font-size:.875rem;margin:8px 0 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:16px}
figure{margin:0;padding:14px 14px 10px;min-width:0}
figcaption{font-weight:600;margin:0 0 6px}
figcaption span{display:block;font-weight:400;font-size:.875rem;color:var(--soft)}
.chart{display:block;width:100%;height:auto}
@media (min-width:920px){.figures>:last-child:nth-child(odd){grid-column:1/-1;justify-self:center;width:calc(50% - 8px)}}
.scroll{overflow-x:auto;background:linear-gradient(90deg,var(--card) 33%,transparent) 0 0/42px 100%,linear-gradient(-90deg,var(--card) 33%,transparent) 100% 0/42px 100%,linear-gradient(90deg,var(--line),transparent) 0 0/14px 100%,linear-gradient(-90deg,var(--line),transparent) 100% 0/14px 100%;background-color:var(--card);background-repeat:no-repeat;background-attachment:local,local,scroll,scroll}
.scroll:focus-visible,summary:focus-visible,input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9375rem;font-variant-numeric:tabular-nums}
th,td{padding:8px 14px;text-align:left;border-bottom:1px solid var(--line)}
th{font-size:.8125rem;font-weight:600;color:var(--soft)}
tbody tr:last-child td{border-bottom:0}
.n{text-align:right;white-space:nowrap}
td:not(.n){min-width:8.5em;overflow-wrap:anywhere}
.of{display:block;color:var(--soft);font-size:.8125rem}
.unresolved{color:var(--bad);font-weight:600}
.unstable{color:var(--unsure);font-weight:600}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:16px}
.two>div{min-width:0}
.facts{margin:0;padding:4px 18px}
.facts div{display:grid;grid-template-columns:minmax(140px,240px) 1fr;gap:4px 18px;padding:9px 0;border-bottom:1px solid var(--line)}
.facts div:last-child{border-bottom:0}
.facts dt{color:var(--soft);overflow-wrap:anywhere}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
pre{margin:0;padding:14px 18px;white-space:pre-wrap;overflow-wrap:anywhere}
summary{cursor:pointer;font-size:1.25rem;font-weight:700;margin:0 0 12px}
footer{color:var(--soft);font-size:.875rem}
@media (max-width:560px){main{padding:20px 16px 40px}.facts div{grid-template-columns:1fr}.big{font-size:1.75rem}.cards{grid-template-columns:repeat(auto-fit,minmax(155px,1fr));gap:10px}.card{padding:12px 14px}figure{padding:10px 6px 6px}figcaption{padding:0 6px}}
@media screen and (max-width:560px){thead{display:none}table,tbody,tr,td{display:block}tr{padding:8px 12px;border-bottom:1px solid var(--line)}td:first-child{font-weight:600}td:first-child::before{font-weight:400}tbody tr:last-child{border-bottom:0}td{display:flex;justify-content:space-between;gap:16px;padding:2px 0;border:0;text-align:right;overflow-wrap:anywhere}td::before{content:attr(data-of);flex:none;color:var(--soft);text-align:left}td:empty{display:none}}
@page{margin:14mm}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--warn:#fff;--accent:#0067a5;--bad:#b42318;--unsure:#8a5a00}body{font-size:10.5pt}main{max-width:none;padding:0}.figures{grid-template-columns:1fr 1fr}.cards{grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:8px}.card{padding:10px 12px}.big{font-size:1.375rem}.card .range{font-size:.8125rem}.card .note{font-size:.75rem}section,details{margin-bottom:18pt}#slider,.cursor{display:none}
figure,.card,tr,.facts div{break-inside:avoid}p,.scroll:not(:has(tr:nth-child(9))){break-inside:avoid}h2,h3,summary,h2+p,h2+p+h3{break-after:avoid}summary{list-style:none}summary::-webkit-details-marker{display:none}.scroll{overflow:visible}.scroll,.facts{background:none;border:0;border-radius:0;padding:0}thead tr,tbody tr:first-child,tr:nth-last-child(2){break-after:avoid}footer{break-before:avoid}table{font-size:8.5pt}th,.of{font-size:7.5pt}th,td{padding:4px 7px}.n{white-space:normal;text-wrap:balance}.of{white-space:nowrap}td.n,td:not(.n){min-width:6em}details::details-content{content-visibility:visible;block-size:auto}}
`);
