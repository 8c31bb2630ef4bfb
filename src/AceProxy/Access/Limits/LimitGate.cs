using AceProxy.Delivery;

namespace AceProxy.Access.Limits;

/// <summary>Gives every player that wants a stream a place, for as long as its request lives, whatever ends it.</summary>
internal sealed class LimitGate(ViewerLimits limits, AccessMetrics metrics, ILogger<LimitGate> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!GetStreamEndpoint.IsOpening(context.Request))
        {
            await next(context);
            return;
        }

        using ViewerLimits.Place? place = limits.TryTake(ClientAddress.GroupOf(context), out Limit exceeded);
        if (place is null)
        {
            await RefuseAsync(context, exceeded);
            return;
        }

        await next(context);
    }

    /// <summary>Also for limits that are found to be reached later on.</summary>
    public Task RefuseAsync(HttpContext context, Limit limit)
    {
        metrics.Refused(limit);
        AccessLog.BeyondLimit(logger, ClientAddress.TextOf(context), limit.Setting());
        return Problems.WriteAsync(context, limit);
    }
}
