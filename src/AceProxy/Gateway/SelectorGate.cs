using AceProxy.Content;
using AceProxy.Delivery;

namespace AceProxy.Gateway;

/// <summary>
/// The first step of every request for a stream: a malformed one is answered here, in the worker's own words, and a good one gets the key
/// that it is placed by.
/// </summary>
internal static class SelectorGate
{
    /// <summary>Requests without a key go to any worker.</summary>
    public static ContentKey? KeyOf(HttpContext context) => context.Features.Get<Wanted>()?.Key;

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsForAStream(context.Request))
        {
            return next(context);
        }

        if (SelectorParser.Parse(context.Request.Query, out SelectorError? error) is not { } selector)
        {
            return Problems.WriteAsync(context, error!);
        }

        // No engine is asked here, so an id and its infohash may be placed on two workers, which share the stream then.
        context.Features.Set(new Wanted(ContentKey.AsAsked(selector)));
        return next(context);
    }

    private static bool IsForAStream(HttpRequest request) =>
        GetStreamEndpoint.IsAt(request.Path) && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));

    private sealed record Wanted(ContentKey Key);
}
