using AceProxy.Cluster.Commands;

namespace AceProxy.Operations;

/// <summary><c>/api/workers</c>: who there is, and emptying one.</summary>
internal static class WorkerEndpoints
{
    private const string Path = "/api/workers";

    public static IEndpointRouteBuilder MapWorkers(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder workers = routes.MapGroup(Path).WithTags("workers");
        workers.MapGet("", ListAsync)
            .WithSummary("The workers that share one Redis, those that do not answer included.")
            .Produces<WorkerList>();
        workers.MapGet("/{id}", ShowAsync)
            .WithSummary("One worker.")
            .Produces<WorkerSummary>().ProducesProblem(StatusCodes.Status404NotFound);
        Order(workers.MapPost("/{id}/drain", (string id, ClusterQueries cluster, CancellationToken cancellation) =>
                DrainAsync(true, id, cluster, cancellation)))
            .WithSummary("Empties a worker: balancers send it nobody else, and others take its streams over. Again is harmless.");
        Order(workers.MapPost("/{id}/undrain", (string id, ClusterQueries cluster, CancellationToken cancellation) =>
                DrainAsync(false, id, cluster, cancellation)))
            .WithSummary("Takes that back.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        return routes;
    }

    private static RouteHandlerBuilder Order(RouteHandlerBuilder order) => order
        .Produces<WorkerSummary>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private static async Task<IResult> ListAsync(ClusterQueries cluster, CancellationToken cancellation)
    {
        Gathered<WorkerSummary> all = await cluster.DescribeAsync(null, cancellation);
        return Results.Ok(new WorkerList(all.Items, all.Note));
    }

    private static async Task<IResult> ShowAsync(string id, ClusterQueries cluster, CancellationToken cancellation)
    {
        Gathered<WorkerSummary> found = await cluster.DescribeAsync(id, cancellation);
        return found.Items is [var worker] ? Results.Ok(worker) : AdminResults.NoWorker(id, found);
    }

    private static async Task<IResult> DrainAsync(bool isDrained, string id, ClusterQueries cluster, CancellationToken cancellation)
    {
        var order = new WorkerCommand(isDrained ? CommandKind.DrainWorker : CommandKind.UndrainWorker);
        Gathered<WorkerSummary> told = await cluster.AskAsync<WorkerSummary>(order, id, cancellation);
        return told.Items switch
        {
            [{ Draining: true }] when !isDrained => AdminResults.Problem(
                StatusCodes.Status409Conflict, "The worker is ending", $"Worker '{id}' was told to end, which cannot be taken back."),
            [var worker] => Results.Ok(worker),
            _ => AdminResults.NoWorker(id, told),
        };
    }
}
