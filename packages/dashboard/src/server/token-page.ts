/** What someone sees who has no token. Nothing of the service, not even its name. */
export function tokenPage(wasWrong: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Dashboard: token needed</title>
<link rel="stylesheet" href="page.css">
</head>
<body>
<main>
<h1>This dashboard needs its token</h1>
${wasWrong ? '<p role="alert">That token is not right.</p>' : ''}
<p>Without one it only answers on the machine it runs on. The token is what the service was given as
<code>TELLTALE_DASHBOARD_TOKEN</code> or <code>dashboard(telemetry, { token })</code>; without either, the service has made one
and written it to its standard error output.</p>
<form method="post" action="./">
<label>Token <input name="token" type="password" autocomplete="off" required autofocus></label>
<button>Open</button>
</form>
</main>
</body>
</html>
`;
}
