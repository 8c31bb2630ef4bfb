using Microsoft.OpenApi;

namespace AceProxy.Operations;

/// <summary><c>GET /api/openapi.json</c>: what is under <c>/api</c>, made when it is first asked for.</summary>
internal static class ApiDescription
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "AceProxy",
                Version = typeof(ApiDescription).Assembly.GetName().Version?.ToString(3),
                Description = "For operators. Whichever worker is asked, the answer is of all that share its Redis, unless it says otherwise.",
            };
            document.Servers = []; // wherever it was asked
            return Task.CompletedTask;
        });
    });

    public static void MapApiDescription(this IEndpointRouteBuilder routes) => routes.MapOpenApi("/api/openapi.json");
}
