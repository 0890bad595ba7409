/** The text that a new scenario begins with. */
export const starter = `name: The service answers
steps:
  - name: Home page
    url: "{{base_url}}/"
    expect:
      status: 200
      within_ms: 2000
`;
