namespace AceProxy.Operations;

/// <summary>What an operator and a health check ask.</summary>
internal static class OperationsEndpoints
{
    /// <summary>Alive, and of use: 503 on <c>/readyz</c> tells a balancer to send new players elsewhere; those who watch are not concerned.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("ok\n"));
        routes.MapGet("/readyz", (IReadiness readiness) =>
        {
            string[] obstacles = [.. readiness.Obstacles()], notes = [.. readiness.Notes()];
            return Results.Json(
                new ReadinessReport(obstacles.Length == 0, obstacles, notes.Length == 0 ? null : notes),
                statusCode: obstacles.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
        return routes;
    }

    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder routes)
    {
        EventEndpoint.Map(routes);
        routes.MapApiDescription();
        return routes.MapStreams().MapClients().MapEngines().MapWorkers().MapTokens();
    }
}
