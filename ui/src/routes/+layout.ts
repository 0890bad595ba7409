// The window is one page that draws itself: nothing is rendered ahead or on a server.
export const ssr = false;
export const prerender = false;
