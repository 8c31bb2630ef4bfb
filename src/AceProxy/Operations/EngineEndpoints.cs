using AceProxy.Cluster.Commands;
using AceProxy.Engines.Sources;

namespace AceProxy.Operations;

/// <summary><c>/api/engines</c>: what there is, registering at run time, and emptying an engine.</summary>
internal static class EngineEndpoints
{
    private const string Path = "/api/engines";

    public static IEndpointRouteBuilder MapEngines(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup(Path).WithTags("engines");
        group.MapGet("", ListAsync)
            .WithSummary("The engines as all workers see them, and who names them to the one that is asked; with scope=worker, as that one sees them.")
            .Produces<EngineList>().ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapPost("", RegisterAsync)
            .WithSummary("Registers an engine with all workers, also with those that start later.")
            .Accepts<EngineRegistration>("application/json")
            .Produces<OrderedEngine>().Produces<OrderedEngine>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        group.MapGet("/{id}", ShowAsync)
            .WithSummary("One engine: an item for each worker that knows it.")
            .Produces<EngineList>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);
        group.MapDelete("/{id}", (string id, EngineCommands commands, CancellationToken cancellation) => commands.RemoveAsync(id, cancellation))
            .WithSummary("Takes an engine away from all workers that was registered with any.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);
        Order(group.MapPost("/{id}/drain", (string id, EngineCommands commands, CancellationToken cancellation) =>
                commands.DrainAsync(true, id, cancellation)))
            .WithSummary("Empties an engine on all workers: no new sessions, and those it has move away. Again is harmless.");
        Order(group.MapPost("/{id}/undrain", (string id, EngineCommands commands, CancellationToken cancellation) =>
                commands.DrainAsync(false, id, cancellation)))
            .WithSummary("Takes that back.");
        return routes;
    }

    private static RouteHandlerBuilder Order(RouteHandlerBuilder order) => order
        .Produces<OrderedEngine>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private static async Task<IResult> ListAsync(string? scope, ClusterQueries cluster, EngineCatalog catalog, CancellationToken cancellation)
    {
        if (!Scope.TryRead(scope, cluster, out string? only))
        {
            return Scope.Refuse(scope);
        }

        return Results.Ok(List(await cluster.AskAsync<EngineSummary>(new WorkerCommand(CommandKind.ListEngines), only, cancellation), catalog));
    }

    private static async Task<IResult> ShowAsync(string id, EngineCommands commands, EngineCatalog catalog, CancellationToken cancellation)
    {
        Gathered<EngineSummary> found = await commands.FindAsync(id, cancellation);
        return found.Items.Count > 0 ? Results.Ok(List(found, catalog)) : EngineCommands.Nowhere(id, found);
    }

    private static EngineList List(Gathered<EngineSummary> engines, EngineCatalog catalog) =>
        new(engines.Items, [.. catalog.Sources.Select(SourceSummary.Of)], engines.Unanswered, engines.Note);

    private static Task<IResult> RegisterAsync(HttpRequest request, EngineCommands commands, CancellationToken cancellation) =>
        JsonBody.UseAsync(request, async body => EngineRegistrationBody.Read(body, out string parameter, out string problem) is { } engine
            ? await commands.RegisterAsync(engine, Path, cancellation)
            : AdminResults.Malformed(parameter, problem));
}
