using AceProxy.Cluster.Commands;
using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary><c>/api/clients</c>: who watches, and ending one.</summary>
internal static class ClientEndpoints
{
    private const string Path = "/api/clients";

    public static IEndpointRouteBuilder MapClients(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder clients = routes.MapGroup(Path).WithTags("clients");
        clients.MapGet("", ListAsync)
            .WithSummary("The clients of all workers; with scope=worker, of the one that is asked.")
            .Produces<ClientList>().ProducesProblem(StatusCodes.Status400BadRequest);
        clients.MapGet("/{id}", ShowAsync)
            .WithSummary("One client, wherever it is connected.")
            .Produces<ClientSummary>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);
        clients.MapDelete("/{id}", EndAsync)
            .WithSummary("Ends one client's response.")
            .Produces<OrderOutcome>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);
        return routes;
    }

    private static async Task<IResult> ListAsync(string? scope, ClusterQueries cluster, CancellationToken cancellation)
    {
        if (!Scope.TryRead(scope, cluster, out string? only))
        {
            return Scope.Refuse(scope);
        }

        Gathered<ClientSummary> all = await cluster.AskAsync<ClientSummary>(new WorkerCommand(CommandKind.ListClients), only, cancellation);
        return Results.Ok(new ClientList(all.Items, all.Unanswered, all.Note));
    }

    private static async Task<IResult> ShowAsync(string id, ClusterQueries cluster, CancellationToken cancellation)
    {
        Gathered<ClientSummary> found = await cluster.AskAsync<ClientSummary>(new WorkerCommand(CommandKind.ListClients, id), null, cancellation);
        return found.Items is [var client, ..] ? Results.Ok(client) : AdminResults.Nobody(Named(id), found);
    }

    private static async Task<IResult> EndAsync(string id, ClusterQueries cluster, CancellationToken cancellation)
    {
        Gathered<string> ended = await cluster.AskAsync<string>(new WorkerCommand(CommandKind.EndClient, id), null, cancellation);
        return ended.Items.Count > 0
            ? Results.Ok(new OrderOutcome(ended.Items, ended.Unanswered, ended.Note))
            : AdminResults.Nobody(Named(id), ended);
    }

    private static string Named(string id) => $"a client '{Words.Tame(id)}'";
}
