namespace AceProxy.Gateway;

/// <summary>In the redirect mode, sends whoever wants to play to the worker that was chosen. Only GET: some players take nothing but 200 for a HEAD.</summary>
internal static class Redirection
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || SelectorGate.KeyOf(context) is null
            || context.GetReverseProxyFeature().AvailableDestinations is not [var worker])
        {
            return next(context);
        }

        string address = worker.Model.Config.Address.TrimEnd('/');
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Redirect($"{address}{context.Request.Path}{context.Request.QueryString}", permanent: false);
        return Task.CompletedTask;
    }
}
