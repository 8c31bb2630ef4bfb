using System.Text.Json;
using AceProxy.Cluster.Commands;
using AceProxy.Engines;
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
            .WithSummary("Registers an engine with the worker that is asked.")
            .Accepts<EngineRegistration>("application/json")
            .Produces<EngineSummary>().Produces<EngineSummary>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        group.MapGet("/{id}", (string id, EngineCatalog catalog, WorkerCommands worker) => With(catalog, id, engine => Results.Ok(worker.Describe(engine))))
            .WithSummary("One engine, as the worker that is asked sees it.")
            .Produces<EngineSummary>().ProducesProblem(StatusCodes.Status404NotFound);
        group.MapDelete("/{id}", Remove)
            .WithSummary("Takes an engine away that was registered with the worker that is asked.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        Order(group.MapPost("/{id}/drain", (string id, Drainage drainage, CancellationToken cancellation) =>
                drainage.DrainAsync(true, id, cancellation)))
            .WithSummary("Empties an engine on all workers: no new sessions, and those it has move away. Again is harmless.");
        Order(group.MapPost("/{id}/undrain", (string id, Drainage drainage, CancellationToken cancellation) =>
                drainage.DrainAsync(false, id, cancellation)))
            .WithSummary("Takes that back.");
        return routes;
    }

    private static RouteHandlerBuilder Order(RouteHandlerBuilder order) => order
        .Produces<DrainedEngine>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private static async Task<IResult> ListAsync(string? scope, ClusterQueries cluster, EngineCatalog catalog, CancellationToken cancellation)
    {
        if (!Scope.TryRead(scope, cluster, out string? only))
        {
            return Scope.Refuse(scope);
        }

        Gathered<EngineSummary> all = await cluster.AskAsync<EngineSummary>(new WorkerCommand(CommandKind.ListEngines), only, cancellation);
        return Results.Ok(new EngineList(all.Items, [.. catalog.Sources.Select(SourceSummary.Of)], all.Unanswered, all.Note));
    }

    private static Task<IResult> RegisterAsync(HttpRequest request, RegisteredSource registered, EngineCatalog catalog, WorkerCommands worker) =>
        JsonBody.UseAsync(request, body => Register(body, registered, catalog, worker));

    private static IResult Register(JsonElement body, RegisteredSource registered, EngineCatalog catalog, WorkerCommands worker)
    {
        if (EngineRegistrationBody.Read(body, out string parameter, out string problem) is not { } address)
        {
            return AdminResults.Malformed(parameter, problem);
        }

        bool isNew = catalog.Find(address.Id) is null;
        if (!registered.TryAdd(address))
        {
            return AdminResults.Problem(StatusCodes.Status409Conflict, "Too many engines", $"{RegisteredSource.Most} engines are registered already.");
        }

        return With(catalog, address.Id, engine => isNew // unless somebody has taken it away again by now
            ? Results.Created($"{Path}/{Uri.EscapeDataString(engine.Address.Id)}", worker.Describe(engine))
            : Results.Ok(worker.Describe(engine)));
    }

    /// <summary>Only what was registered can be taken away: the other sources would name it again.</summary>
    private static IResult Remove(string id, RegisteredSource registered, EngineCatalog catalog) => With(catalog, id, engine =>
        registered.Remove(engine.Address.Id)
            ? Results.NoContent()
            : AdminResults.Problem(
                StatusCodes.Status409Conflict, "Not registered here",
                $"Engine '{engine}' was not registered but is named by {string.Join(", ", engine.Sources)}; take it away there, or drain it."));

    private static IResult With(EngineCatalog catalog, string id, Func<Engine, IResult> use) =>
        catalog.Find(id) is { } engine
            ? use(engine)
            : AdminResults.Problem(StatusCodes.Status404NotFound, "No such engine", $"There is no engine '{id}'; ids are host:port.");
}
