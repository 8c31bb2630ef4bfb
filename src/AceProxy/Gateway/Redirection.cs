using AceProxy.Access;
using AceProxy.Access.Tokens;

namespace AceProxy.Gateway;

/// <summary>In the redirect mode, sends whoever wants to play to the worker that was chosen. Only GET: some players take nothing but 200 for a HEAD.</summary>
/// <remarks>
/// No token is ever written into a redirect: one that was checked here becomes a ticket, which holds for this content, this player's address
/// and a minute. One that this gateway is not told to check cannot become one; its request is passed on instead.
/// </remarks>
internal sealed class Redirection(AccessOptions access, StreamTokens tokens)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        bool hasToken = StreamTokens.Of(context.Request, out string ticket).Length > 0;
        bool hasSecret = hasToken || ticket.Length > 0;
        bool canIssue = access.TokensRequired && hasToken && tokens.CanIssue; // for a ticket there is none: it would never end
        if (!HttpMethods.IsGet(context.Request.Method) || SelectorGate.KeyOf(context) is not { } content
            || context.GetReverseProxyFeature().AvailableDestinations is not [var worker] || (hasSecret && !canIssue))
        {
            return next(context);
        }

        string query = StreamTokens.RemoveFrom(context.Request.QueryString);
        if (canIssue)
        {
            query += $"&{StreamTokens.TicketParameter}={tokens.IssueTicket(content, ClientAddress.TextOf(context))}";
        }

        string address = worker.Model.Config.Address.TrimEnd('/');
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Redirect($"{address}{context.Request.Path}{query}", permanent: false);
        return Task.CompletedTask;
    }
}
