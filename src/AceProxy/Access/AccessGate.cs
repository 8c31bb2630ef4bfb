using AceProxy.Delivery;

namespace AceProxy.Access;

/// <summary>
/// The first step of every request that some endpoint answers: whoever may not have it goes no further. In a worker and in a gateway.
/// </summary>
internal sealed class AccessGate(
    AccessOptions options, OperatorGate operators, PlayerGate players, AccessMetrics metrics, ILogger<AccessGate> logger)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is null)
        {
            return next(context); // nothing lies there to be kept from anybody: 404
        }

        Refusal? refusal = Areas.Of(context.Request.Path) switch
        {
            Area.Open => null,
            Area.Metrics when !options.MetricsWantKey => null,
            Area.Players => players.Judge(context),
            _ => operators.Judge(context),
        };
        if (refusal is null)
        {
            return next(context);
        }

        metrics.Refused(refusal.Reason);
        AccessLog.Refused(logger, ClientAddress.TextOf(context), refusal.Reason);
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return Problems.WriteAsync(context, refusal);
    }
}
