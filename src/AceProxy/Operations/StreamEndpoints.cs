using AceProxy.Cluster.Commands;
using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary><c>/api/streams</c>: what plays where, and stopping it everywhere.</summary>
internal static class StreamEndpoints
{
    private const string Path = "/api/streams";

    public static IEndpointRouteBuilder MapStreams(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder streams = routes.MapGroup(Path).WithTags("streams");
        streams.MapGet("", ListAsync)
            .WithSummary("The live streams of all workers; with scope=worker, of the one that is asked.")
            .Produces<StreamList>().ProducesProblem(StatusCodes.Status400BadRequest);
        streams.MapGet("/{key}", ShowAsync)
            .WithSummary("One stream: an item for each worker that has it.")
            .Produces<StreamList>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);
        streams.MapDelete("/{key}", StopAsync)
            .WithSummary("Stops a stream on all workers. Its clients get what is there, and then the end; who asks for it again starts it again.")
            .Produces<OrderOutcome>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);
        return routes;
    }

    private static async Task<IResult> ListAsync(string? scope, ClusterQueries cluster, CancellationToken cancellation)
    {
        if (!Scope.TryRead(scope, cluster, out string? only))
        {
            return Scope.Refuse(scope);
        }

        Gathered<StreamSummary> all = await cluster.AskAsync<StreamSummary>(new WorkerCommand(CommandKind.ListStreams), only, cancellation);
        return Results.Ok(new StreamList(all.Items, all.Unanswered, all.Note));
    }

    private static async Task<IResult> ShowAsync(string key, ClusterQueries cluster, CancellationToken cancellation)
    {
        Gathered<StreamSummary> parts = await cluster.AskAsync<StreamSummary>(new WorkerCommand(CommandKind.ListStreams, key), null, cancellation);
        return parts.Items.Count > 0
            ? Results.Ok(new StreamList(parts.Items, parts.Unanswered, parts.Note))
            : AdminResults.Nobody(Named(key), parts);
    }

    private static async Task<IResult> StopAsync(string key, ClusterQueries cluster, CancellationToken cancellation)
    {
        Gathered<string> stopped = await cluster.AskAsync<string>(new WorkerCommand(CommandKind.StopStream, key), null, cancellation);
        return stopped.Items.Count > 0
            ? Results.Ok(new OrderOutcome(stopped.Items, stopped.Unanswered, stopped.Note))
            : AdminResults.Nobody(Named(key), stopped);
    }

    private static string Named(string key) => $"a stream '{Words.Tame(key)}'";
}
