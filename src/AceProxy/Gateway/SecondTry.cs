using AceProxy.Delivery;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace AceProxy.Gateway;

/// <summary>
/// A worker that cannot be reached, or goes before it has answered, costs the player a moment: another is asked, once. Only where nothing
/// was sent to the player and nothing of its request was read, so that no two workers' answers can mix.
/// </summary>
internal sealed class SecondTry(GatewayMetrics metrics, ILogger<SecondTry> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        IReverseProxyFeature proxy = context.GetReverseProxyFeature();
        IReadOnlyList<DestinationState> all = proxy.AvailableDestinations;
        await next(context);
        if (!Failed(context))
        {
            return;
        }

        if (proxy.ProxiedDestination is { } failed && all.Count > 1 && HasNoBody(context))
        {
            GatewayLog.AskingAnother(logger, failed.DestinationId, Reason(context));
            context.Response.Clear();
            context.Features.Set<IForwarderErrorFeature>(null);
            proxy.AvailableDestinations = [.. all.Where(destination => destination != failed)];
            proxy.ProxiedDestination = null;
            await next(context);
        }

        metrics.Failed(isAnsweredByAnother: !Failed(context));
        if (Failed(context))
        {
            GatewayLog.NobodyAnswered(logger, proxy.ProxiedDestination?.DestinationId ?? "no worker", Reason(context));
            context.Response.Clear();
            await Problems.WriteNoWorkerAsync(context);
        }
    }

    /// <summary>On the worker's side, with nothing sent to a player that is still there.</summary>
    private static bool Failed(HttpContext context) =>
        context.GetForwarderErrorFeature()?.Error is
            ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders or ForwarderError.NoAvailableDestinations
            or ForwarderError.ResponseBodyDestination
        && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested;

    private static bool HasNoBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    private static string Reason(HttpContext context) =>
        context.GetForwarderErrorFeature() is { } error ? error.Exception?.Message ?? error.Error.ToString() : "none";
}
