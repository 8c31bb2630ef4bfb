using System.Text.Json;
using AceProxy.Engines;
using AceProxy.Engines.Sources;

namespace AceProxy.Operations;

/// <summary><c>/api/engines</c>: what there is, registering at run time, and emptying an engine.</summary>
internal static class EngineEndpoints
{
    private const string Path = "/api/engines";

    public static IEndpointRouteBuilder MapEngines(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (EngineCatalog catalog, EnginePool engines) => new
        {
            Engines = catalog.Engines.Select(engine => EngineSummary.Of(engine, engines)),
            Sources = catalog.Sources.Select(SourceSummary.Of),
        });
        routes.MapPost(Path, RegisterAsync);
        routes.MapGet($"{Path}/{{id}}", (string id, EngineCatalog catalog, EnginePool engines) => With(catalog, id, engine => Describe(engine, engines)));
        routes.MapDelete($"{Path}/{{id}}", Remove);
        routes.MapPost($"{Path}/{{id}}/drain", (string id, EngineCatalog catalog, EnginePool engines) => Drain(true, id, catalog, engines));
        routes.MapPost($"{Path}/{{id}}/undrain", (string id, EngineCatalog catalog, EnginePool engines) => Drain(false, id, catalog, engines));
        return routes;
    }

    private static async Task<IResult> RegisterAsync(HttpRequest request, RegisteredSource registered, EngineCatalog catalog, EnginePool engines)
    {
        if (!request.HasJsonContentType())
        {
            return Problem(StatusCodes.Status415UnsupportedMediaType, "Not JSON", "The Content-Type has to be application/json.");
        }

        JsonDocument body;
        try
        {
            body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        }
        catch (JsonException exception)
        {
            return Malformed("body", $"is not JSON: {exception.Message}");
        }
        catch (BadHttpRequestException exception)
        {
            return Problem(exception.StatusCode, "Malformed request", exception.Message); // too large, or cut short
        }

        using (body)
        {
            if (EngineRegistrationBody.Read(body.RootElement, out string parameter, out string problem) is not { } address)
            {
                return Malformed(parameter, problem);
            }

            bool isNew = catalog.Find(address.Id) is null;
            if (!registered.TryAdd(address))
            {
                return Problem(StatusCodes.Status409Conflict, "Too many engines", $"{RegisteredSource.Most} engines are registered already.");
            }

            return With(catalog, address.Id, engine => isNew // unless somebody has taken it away again by now
                ? Results.Created($"{Path}/{Uri.EscapeDataString(engine.Address.Id)}", EngineSummary.Of(engine, engines))
                : Describe(engine, engines));
        }
    }

    /// <summary>Only what was registered can be taken away: the other sources would name it again.</summary>
    private static IResult Remove(string id, RegisteredSource registered, EngineCatalog catalog) => With(catalog, id, engine =>
        registered.Remove(engine.Address.Id)
            ? Results.NoContent()
            : Problem(
                StatusCodes.Status409Conflict, "Not registered here",
                $"Engine '{engine}' was not registered but is named by {string.Join(", ", engine.Sources)}; take it away there, or drain it."));

    private static IResult Drain(bool isDrained, string id, EngineCatalog catalog, EnginePool engines) => With(catalog, id, engine =>
    {
        engine.Drain(isDrained);
        return Describe(engine, engines);
    });

    private static IResult With(EngineCatalog catalog, string id, Func<Engine, IResult> use) =>
        catalog.Find(id) is { } engine
            ? use(engine)
            : Problem(StatusCodes.Status404NotFound, "No such engine", $"There is no engine '{id}'; ids are host:port.");

    private static IResult Describe(Engine engine, EnginePool engines) => Results.Ok(EngineSummary.Of(engine, engines));

    private static IResult Malformed(string parameter, string problem) => Results.Problem(
        $"Parameter '{parameter}' {problem}.", statusCode: StatusCodes.Status400BadRequest, title: "Malformed request",
        extensions: new Dictionary<string, object?> { ["parameter"] = parameter });

    private static IResult Problem(int status, string title, string detail) => Results.Problem(detail, statusCode: status, title: title);
}
