using AceProxy.Cluster.Commands;
using AceProxy.Cluster.Orders;
using AceProxy.Engines;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary>Registers, takes away and empties an engine on all workers: now by command, and by what lies in Redis for those who did not hear it.</summary>
internal sealed class EngineCommands(
    ClusterQueries cluster, EngineCatalog catalog, EngineOrders orders, RegisteredSource registered, IServiceProvider services)
{
    private readonly SharedEngineOrders? _shared = services.GetService<SharedEngineOrders>(); // a worker by itself has none

    /// <param name="path">Of an engine, without its id.</param>
    public async Task<IResult> RegisterAsync(EngineAddress engine, string path, CancellationToken cancellation)
    {
        await RefreshAsync();
        bool isNew = catalog.Find(engine.Id) is null;
        return await OrderAsync(
            EngineOrderKind.Registered, engine, true, done => isNew ? Results.Created($"{path}/{Uri.EscapeDataString(done.Engine.Id)}", done) : Results.Ok(done),
            cancellation);
    }

    /// <summary>Only what was registered can be taken away: the other sources would name it again.</summary>
    public async Task<IResult> RemoveAsync(string id, CancellationToken cancellation)
    {
        await RefreshAsync();
        if (!orders.IsRegistered(id))
        {
            Gathered<EngineSummary> found = await FindAsync(id, cancellation);
            string[] sources = [.. found.Items.SelectMany(engine => engine.Sources).Distinct()];
            if (sources.Length == 0)
            {
                return Nowhere(id, found);
            }

            if (!sources.Contains(registered.Name)) // another worker may have one that Redis has not taken
            {
                return AdminResults.Problem(
                    StatusCodes.Status409Conflict, "Not registered",
                    $"Engine '{found.Items[0].Id}' was not registered but is named by {string.Join(", ", sources)}; take it away there, or drain it.");
            }
        }

        return await OrderAsync(EngineOrderKind.Registered, AddressOf(id), false, _ => Results.NoContent(), cancellation);
    }

    public async Task<IResult> DrainAsync(bool isDrained, string id, CancellationToken cancellation)
    {
        await RefreshAsync();
        return catalog.Find(id) is null && await FindAsync(id, cancellation) is { Items: [] } found
            ? Nowhere(id, found)
            : await OrderAsync(EngineOrderKind.Drained, AddressOf(id), isDrained, Results.Ok, cancellation);
    }

    /// <summary>The engine, once for each worker that has it.</summary>
    public Task<Gathered<EngineSummary>> FindAsync(string id, CancellationToken cancellation) =>
        cluster.AskAsync<EngineSummary>(new WorkerCommand(CommandKind.ListEngines, id), null, cancellation);

    public static IResult Nowhere(string id, Gathered<EngineSummary> found) => found.Unanswered.Count > 0
        ? AdminResults.Nobody($"an engine '{Words.Tame(id)}'", found)
        : AdminResults.Problem(
            StatusCodes.Status404NotFound, "No such engine",
            $"There is no engine '{Words.Tame(id)}'; ids are host:port.{(found.Note is { } note ? $" {note}." : "")}");

    /// <summary>Of one that is known by this name.</summary>
    private static EngineAddress AddressOf(string id) =>
        EngineAddress.TryParse(id, out string? problem) ?? throw new ArgumentException(problem, nameof(id));

    private Task RefreshAsync() => _shared?.RefreshAsync() ?? Task.CompletedTask;

    /// <summary>This worker has it at once, whoever else hears it.</summary>
    private async Task<IResult> OrderAsync(
        EngineOrderKind kind, EngineAddress engine, bool holds, Func<OrderedEngine, IResult> answer, CancellationToken cancellation)
    {
        if (orders.Give(kind, engine, holds) is not { } order)
        {
            return AdminResults.Problem(
                StatusCodes.Status409Conflict, "Too many engines",
                $"{RegisteredSource.Most} engines are registered already, or {EngineOrders.Most} registered and drained.");
        }

        _shared?.Tell();
        Gathered<EngineSummary> told = await cluster.AskAsync<EngineSummary>(
            new WorkerCommand(CommandKind.OrderEngine, order.ToString()), null, cancellation);
        if (told.Items.Count == 0) // as it should be, or somebody has taken it away by now
        {
            return kind == EngineOrderKind.Registered && !holds ? Results.NoContent() : Nowhere(order.Engine.Id, told);
        }

        EngineSummary shown = told.Items.FirstOrDefault(one => one.Worker == cluster.ThisWorker) ?? told.Items[0];
        return answer(new OrderedEngine(shown, told.Items.Count, told.Unanswered, told.Note));
    }
}
