using AceProxy.LiveStreams;

namespace AceProxy.Operations;

/// <summary>What an operator and a health check ask.</summary>
internal static class OperationsEndpoints
{
    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("ok\n"));
        routes.MapGet("/api/streams", (LiveStreamRegistry streams, TimeProvider time) =>
            streams.All().Select(stream => StreamSummary.Of(stream, time)));
        return routes.MapEngines();
    }
}
